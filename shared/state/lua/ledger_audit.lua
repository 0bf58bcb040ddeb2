#!lua flags=allow-oom,no-writes
-- Counts what lies in a page of a shard's queues, as the expiry index names them.
-- Returns {queues looked at, messages in them, accepted, acked, expired}; the last three are the shard's ledger.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local start = tonumber(ARGV[1]) -- [rank] in the index, 0 for the first page
local pageSize = tonumber(ARGV[2]) -- [count] queues a page

local devices = redis.call('ZRANGE', shard .. 'expiry', start, start + pageSize - 1)
local queued = 0
for _, id in ipairs(devices) do
  queued = queued + redis.call('ZCARD', shard .. 'queue:' .. id)
end
local counts = redis.call('HMGET', shard .. 'ledger', 'accepted', 'acked', 'expired')
return { #devices, queued, tonumber(counts[1]) or 0, tonumber(counts[2]) or 0, tonumber(counts[3]) or 0 }
