-- Keeps leases that are still there. KEYS: a counter's hash and its leases. ARGV: milliseconds of a lease, milliseconds
-- that counters are kept, leases.
local time = redis.call('TIME')
local ends = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1])
for i = 3, #ARGV do redis.call('ZADD', KEYS[2], 'XX', ends, ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
