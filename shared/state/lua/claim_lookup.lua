#!lua flags=allow-oom,no-writes
-- Tells the key that a device is bound to.
-- Guarantee: reads only.
-- Returns the raw public key, or '' when the device is not claimed.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local id = ARGV[1] -- [id] of the device

return redis.call('HGET', shard .. 'claim:' .. id, 'key') or ''
