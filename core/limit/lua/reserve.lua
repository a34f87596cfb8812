-- Takes what one request needs of all its counters, or of none.
-- KEYS: per counter its hash and its leases. ARGV: lease, its milliseconds, tokens, cost, milliseconds that counters are
-- kept; per counter: budget, parallel, rpm, tpm (each '' = no limit), start of the budget's period, what was spent in it
-- ('' = not asked of the store yet; asked for by the counter's number, negative after a reset).
-- A hash has m: when the minute began, r and t: requests and tokens in it, v: cost of all leases, s:<period>: spent,
-- p and q: the newest period and the one before.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, lease, tokens, cost, keep = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local at, unknown = {}, {2}

local function expire(hash, leases)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now)) do
    local reserved = string.match(member, '[^:]*$')
    if reserved ~= '0' then redis.call('HINCRBY', hash, 'v', '-' .. reserved) end
    redis.call('ZREM', leases, member)
  end
end

local function seed(hash, period, spent)
  local known = redis.call('HMGET', hash, 'p', 'q')
  redis.call('HSET', hash, 's:' .. period, spent)
  if known[1] ~= period then
    if known[2] and known[2] ~= period then redis.call('HDEL', hash, 's:' .. known[2]) end
    redis.call('HSET', hash, 'p', period, 'q', known[1] or period)
  end
  redis.call('PEXPIRE', hash, keep)
end

for i = 1, #KEYS / 2 do
  local hash, leases, a = KEYS[2 * i - 1], KEYS[2 * i], 6 * i - 1
  local period = ARGV[a + 5]
  expire(hash, leases)
  local got = redis.call('HMGET', hash, 'm', 'r', 't', 'v', 's:' .. period)
  local c = {minute = tonumber(got[1]) or 0, requests = tonumber(got[2]) or 0, tokens = tonumber(got[3]) or 0,
    reserved = tonumber(got[4]) or 0, spent = got[5], parallel = redis.call('ZCARD', leases)}
  if now - c.minute >= 60000 then c.minute, c.requests, c.tokens = now, 0, 0 end
  if ARGV[a + 1] ~= '' and not c.spent then
    c.spent = ARGV[a + 6]
    if c.spent == '' then unknown[#unknown + 1] = redis.call('EXISTS', hash .. ':forgotten') == 1 and -i or i else seed(hash, period, c.spent) end
  end
  at[i] = c
end
if #unknown > 1 then return unknown end

for i, c in ipairs(at) do
  local a, what = 6 * i - 1, 0
  if ARGV[a + 1] ~= '' and tonumber(c.spent) + c.reserved >= tonumber(ARGV[a + 1]) then what = 4
  elseif ARGV[a + 2] ~= '' and c.parallel >= tonumber(ARGV[a + 2]) then what = 1
  elseif ARGV[a + 3] ~= '' and c.requests >= tonumber(ARGV[a + 3]) then what = 2
  elseif ARGV[a + 4] ~= '' and c.tokens >= tonumber(ARGV[a + 4]) then what = 3 end
  if what ~= 0 then
    return {1, i, what, c.parallel, c.requests, c.tokens, c.minute + 60000 - now, c.spent or '0'}
  end
end

local answer = {0}
for i, c in ipairs(at) do
  local hash, leases = KEYS[2 * i - 1], KEYS[2 * i]
  redis.call('HSET', hash, 'm', string.format('%.0f', c.minute), 'r', string.format('%.0f', c.requests + 1),
    't', string.format('%.0f', c.tokens + tokens))
  if cost ~= '0' then redis.call('HINCRBY', hash, 'v', cost) end
  redis.call('ZADD', leases, string.format('%.0f', now + lease), id .. ':' .. cost)
  redis.call('PEXPIRE', hash, keep)
  redis.call('PEXPIRE', leases, keep)
  answer[2 * i], answer[2 * i + 1] = string.format('%.0f', c.minute), c.spent or ''
end
return answer
