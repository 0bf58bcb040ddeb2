#!lua flags=allow-oom
-- Notes what an audit of the ledger found, in place of the one before.
-- Returns nothing.

local auditKey = KEYS[1] -- [hash] of the last audit
local fields = cmsgpack.unpack(ARGV[1]) -- [field, value as text, field, value as text...]

redis.call('DEL', auditKey)
redis.call('HSET', auditKey, unpack(fields))
