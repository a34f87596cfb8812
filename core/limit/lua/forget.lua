-- Drops a counter, once for all instances that hear of the same change. KEYS: a mark, the counter's hash and its leases.
-- ARGV: how many milliseconds the mark stays.
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then redis.call('DEL', KEYS[2], KEYS[3]) end
return 1
