-- Lets a request pass with a good access token. Called in nginx's access phase; needs the location /.jeton, which leads to the sidecar's /verify.
local base64 = require 'ngx.base64'
local cjson = require 'cjson.safe'
local revocations = require 'jeton_revocations'

local M = {}

-- A remembered token is shown to the sidecar again after so many seconds: by then a key may have been withdrawn.
local KEEP_S = 300

local followers = {}

local function follow(path)
  followers[path] = followers[path] or revocations.follow(path)
  return followers[path]
end

-- RFC 6750 section 3.
local function refuse(status, challenge)
  ngx.header['WWW-Authenticate'] = challenge
  ngx.header['Cache-Control'] = 'no-store'
  return ngx.exit(status)
end

local function cannot_say()
  ngx.header['Retry-After'] = '1'
  return ngx.exit(503)
end

local function read_part(part)
  local text = base64.decode_base64url(part)
  return text and cjson.decode(text)
end

-- Of a token that was found good: what has to be judged again and again, and what the application is told.
local function read(token)
  local first, second = token:match('^([^.]+)%.([^.]+)%.[^.]+$')
  local header, claims = first and read_part(first), second and read_part(second)
  if type(header) ~= 'table' or type(claims) ~= 'table' then return nil end
  local kept = { kid = header.kid }
  for _, name in ipairs({ 'jti', 'grant_id', 'client_id', 'sub', 'aut', 'iat', 'grant_iat', 'exp', 'scope' }) do kept[name] = claims[name] end
  return kept
end

-- The claims of a good token, else nil and the answer of the sidecar.
local function ask(tokens, token, now)
  local answer = ngx.location.capture('/.jeton')
  if answer.status ~= 200 then return nil, answer end
  local claims = read(token)
  if not (claims and tonumber(claims.exp)) then return nil, { status = 503, header = {} } end
  local keep_s = math.min(KEEP_S, claims.exp - now)
  if keep_s > 0 then tokens:set(token, cjson.encode(claims), keep_s) end
  return claims
end

local function has_scopes(given, needed)
  given = ' ' .. (given or '') .. ' '
  for one in needed:gmatch('%S+') do
    if not given:find(' ' .. one .. ' ', 1, true) then return false end
  end
  return true
end

--- options: revocations_file; scope (the scopes that are needed, all of them, separated by spaces).
function M.guard(options)
  local follower = follow(options.revocations_file)
  if not follower:catch_up() then return cannot_say() end
  local header = ngx.req.get_headers()['authorization']
  if type(header) == 'table' then return refuse(400, 'Bearer error="invalid_request"') end
  local token = header and header:match('^[Bb][Ee][Aa][Rr][Ee][Rr] +([%w%-%._~%+/]+=*) *$')
  if not token then return refuse(401, 'Bearer') end

  local tokens, now = ngx.shared.jeton_tokens, follower:server_time()
  local known, answer = tokens:get(token), nil
  local claims = known and cjson.decode(known)
  if not claims then claims, answer = ask(tokens, token, now) end
  if not claims then
    if answer.status == 401 then return refuse(401, 'Bearer error="invalid_token"') end
    return cannot_say()
  end
  -- Also after the sidecar has been asked: something may have come meanwhile.
  if not follower:catch_up() then return cannot_say() end
  if now >= claims.exp or follower:is_revoked(claims, claims.kid) then return refuse(401, 'Bearer error="invalid_token"') end
  if not has_scopes(claims.scope, options.scope or '') then
    return refuse(403, 'Bearer error="insufficient_scope", scope="' .. options.scope .. '"')
  end
  ngx.req.set_header('X-Jeton-Subject', claims.sub)
  ngx.req.set_header('X-Jeton-Client', claims.client_id)
  ngx.req.set_header('X-Jeton-Scope', claims.scope)
end

return M
