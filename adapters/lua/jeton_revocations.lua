-- What is revoked, read from the file that `jeton gateway serve` keeps (`revocations_file`). For Lua 5.1 to 5.4, without any package.
-- The file only grows until another takes its place, so that each look reads just what was added since the last.
local M = {}

local HEAD = 'jeton-revocations 1'
local PIECE = 65536
local KINDS = { token = true, grant = true, key = true, subject = true, client = true, all = true }

local Follower = {}
Follower.__index = Follower

--- What is revoked according to the file, as far as anybody asks.
function M.follow(path)
  local follower = setmetatable({ path = path, opened_at = 0 }, Follower)
  follower:forget()
  return follower
end

function Follower:forget()
  if self.file then self.file:close() end
  self.file, self.offset, self.rest, self.is_known = nil, 0, '', false
  self.good_until, self.server_ahead = 0, 0
  self.entries = { token = {}, grant = {}, key = {}, subject = {}, client = {}, all = {} }
end

local function unescape(id)
  if not id:find('%', 1, true) then return id end
  return (id:gsub('%%(%x%x)', function(digits) return string.char(tonumber(digits, 16)) end))
end

-- Returns whether the name leads to another file by now.
function Follower:take(line)
  -- Nearly all lines are such, and a new file may have a million of them.
  if line:sub(1, 8) == 'token - ' then
    self.entries.token[unescape(line:sub(9))] = math.huge
    return false
  end
  local kind, first, second = line:match('^(%a+) (%S+) ?(.*)$')
  if line == 'moved' then return true end
  if line == HEAD then
    self.is_known = true
  elseif kind == 'confirmed' then
    self.good_until, self.server_ahead = tonumber(first), tonumber(second)
  elseif KINDS[kind] then
    self.entries[kind][unescape(second)] = tonumber(first) or math.huge
  end
  return false
end

-- Returns whether another file has to be opened.
function Follower:read_on()
  while true do
    self.file:seek('set', self.offset)
    local piece = self.file:read(PIECE)
    if not piece then return false end
    self.offset = self.offset + #piece
    local text, from = self.rest .. piece, 1
    local to = text:find('\n', from, true)
    while to do
      if self:take(text:sub(from, to - 1)) then return true end
      from = to + 1
      to = text:find('\n', from, true)
    end
    self.rest = text:sub(from)
  end
end

function Follower:open()
  self:forget()
  self.opened_at = os.time()
  self.file = io.open(self.path, 'rb')
end

-- Follows the name as often as it leads elsewhere while this reads; whatever lies there, it comes to an end.
function Follower:read_all()
  for _ = 1, 5 do
    if not (self.file and self:read_on()) then return end
    self:open()
  end
end

-- Whether the name leads to a file that is not as long as what was read: looked at once a second.
function Follower:is_replaced(now)
  if now == self.opened_at then return false end
  self.opened_at = now
  local file = io.open(self.path, 'rb')
  if not file then return false end
  local size = file:seek('end')
  file:close()
  return size ~= self.offset
end

--- Takes in everything that was written before this call. Returns whether it may be believed.
function Follower:catch_up()
  if not self.file then self:open() end
  self:read_all()
  local now = os.time()
  -- Whoever wrote the file may have gone without a word, and another may have come.
  if not self:is_good(now) and self:is_replaced(now) then
    self:open()
    self:read_all()
  end
  return self:is_good(now)
end

function Follower:is_good(now)
  return self.is_known and now < self.good_until
end

--- The server's clock, in seconds since 1970: `exp` is judged by it.
function Follower:server_time()
  return os.time() + self.server_ahead
end

local function reaches(cutoff, made)
  return cutoff ~= nil and made <= cutoff
end

--- Whether a token with these claims, and the `kid` of its header, is revoked as far as was taken in.
function Follower:is_revoked(claims, kid)
  local entries = self.entries
  local made = tonumber(claims.grant_iat) or tonumber(claims.iat)
  if not (made and claims.jti and kid) then return true end
  if entries.token[claims.jti] or entries.key[kid] then return true end
  if claims.grant_id and entries.grant[claims.grant_id] then return true end
  if claims.client_id and reaches(entries.client[claims.client_id], made) then return true end
  if claims.aut == 'APPLICATION_USER' and claims.sub and reaches(entries.subject[claims.sub], made) then return true end
  return reaches(entries.all[''], made)
end

return M
