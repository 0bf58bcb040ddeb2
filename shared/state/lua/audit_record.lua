#!lua flags=allow-oom
-- Stores what the last audit of the ledger found, in place of the audit before.
-- Guarantee: whoever reads the audit sees the fields of one audit, never of two.
-- Returns nothing.

local auditKey = KEYS[1] -- [hash] of the last audit
local fields = cmsgpack.unpack(ARGV[1]) -- [field, value as text, field, value as text...]

redis.call('DEL', auditKey)
redis.call('HSET', auditKey, unpack(fields))
