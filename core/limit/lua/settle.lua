-- Ends leases and charges what they have cost, once: a batch that is sent again changes nothing.
-- KEYS: the number of the instance's last batch; per posting the counter's hash and its leases. ARGV: this batch's number;
-- per posting: lease with its cost ('' = none), that cost, tokens and requests to add if the minute is still the one that
-- the lease began in, that minute ('*' = any), the budget's period, what to charge to it.
if tonumber(redis.call('GET', KEYS[1]) or 0) >= tonumber(ARGV[1]) then return 0 end

local function add(hash, field, amount)
  if amount ~= '0' then redis.call('HINCRBY', hash, field, amount) end
end

for i = 1, (#KEYS - 1) / 2 do
  local hash, leases, a = KEYS[2 * i], KEYS[2 * i + 1], 7 * i - 6
  local period = 's:' .. ARGV[a + 6]
  if ARGV[a + 1] ~= '' and redis.call('ZREM', leases, ARGV[a + 1]) == 1 then
    if ARGV[a + 2] ~= '0' then redis.call('HINCRBY', hash, 'v', '-' .. ARGV[a + 2]) end
    if ARGV[a + 5] == '*' or redis.call('HGET', hash, 'm') == ARGV[a + 5] then
      add(hash, 't', ARGV[a + 3])
      add(hash, 'r', ARGV[a + 4])
    end
  end
  if ARGV[a + 7] ~= '0' and redis.call('HEXISTS', hash, period) == 1 then add(hash, period, ARGV[a + 7]) end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', 86400000)
return 1
