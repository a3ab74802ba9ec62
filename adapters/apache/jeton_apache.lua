-- What mod_oauth2 does not know: which tokens are revoked. It has verified the token when `authorize` is asked.
require 'apache2'

local FILE = '/run/jeton/revocations'
local follower = require('jeton_revocations').follow(FILE)

--- Before anything else is looked at: is known what is revoked?
function check_age(r)
  if follower:catch_up() then return apache2.DECLINED end
  r.err_headers_out['Retry-After'] = '1'
  return 503
end

-- By what the issuer signs. PS256 in the place of RS256, if it does so: mod_oauth2 takes either with every RSA key, and any secret in the key set.
local ALGORITHMS = { ES256 = true, RS256 = true }
local TYPES = { ['at+jwt'] = true, ['application/at+jwt'] = true }
local CLAIMS = { 'jti', 'sub', 'client_id', 'aut', 'iat', 'exp', 'nbf', 'grant_id', 'grant_iat' }

-- Base64url is read in several spellings, of which encoders write one: with no bits set that say nothing.
local function is_spelt_well(part)
  local over = #part % 4
  return over == 0 or (over == 2 and part:find('[AQgw]$')) or (over == 3 and part:find('[AEIMQUYcgkosw048]$'))
end

-- Of the token that was verified. Jeton's headers have no strings with escapes in them; whatever is written in another way is refused.
local function read_header(r)
  local header, _, signature = (r.headers_in['Authorization'] or ''):match('^%a+ +([%w_-]+)%.([%w_-]+)%.([%w_-]+) *$')
  if not (header and is_spelt_well(signature)) then return nil end
  local text = r:base64_decode(header:gsub('-', '+'):gsub('_', '/') .. ('='):rep(-#header % 4))
  if text:find('\\', 1, true) then return nil end
  local fields = {}
  for name in text:gmatch('"(%a+)"%s*:') do
    if fields[name] ~= nil then return nil end
    fields[name] = text:match('"' .. name .. '"%s*:%s*"([^"]*)"') or false
  end
  return fields
end

local function read_claims(r)
  local claims = {}
  for _, name in ipairs(CLAIMS) do claims[name] = r.subprocess_env['OAUTH2_CLAIM_' .. name] end
  return claims
end

-- What mod_oauth2 does not look at.
local function is_access_token(header, claims, now)
  if not (ALGORITHMS[header.alg] and header.kid and header.typ and TYPES[header.typ:lower()]) or header.crit ~= nil then return false end
  local made, expires = tonumber(claims.iat), tonumber(claims.exp)
  if not (made and expires and claims.jti and claims.sub and claims.client_id and claims.aut) then return false end
  return made <= expires and now < expires and (tonumber(claims.nbf) or 0) <= now
end

--- Require jeton
function authorize(r)
  -- Apache asks before the token was verified too, whether it has to be.
  if not r.user then return apache2.AUTHZ_DENIED_NO_USER end
  local header, claims = read_header(r), read_claims(r)
  if not (header and follower:catch_up() and is_access_token(header, claims, follower:server_time())) then return apache2.AUTHZ_DENIED end
  return follower:is_revoked(claims, header.kid) and apache2.AUTHZ_DENIED or apache2.AUTHZ_GRANTED
end
