#!lua flags=allow-oom,no-writes
-- Counts the messages in all queues of a shard, unless the queues are so many that Redis would be busy for long.
-- Guarantee: the counts are of one instant, so they must balance.
-- Returns {accepted, acked, expired, queued}, the first three as in the shard's ledger; nothing when there are too many
-- queues.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local mostQueues = tonumber(ARGV[1]) -- [count]
local readAhead = 1000 -- devices fetched at a time

local queues = redis.call('ZCARD', shard .. 'expiry')
if queues > mostQueues then
  return nil
end
local queued = 0
for start = 0, queues - 1, readAhead do
  for _, id in ipairs(redis.call('ZRANGE', shard .. 'expiry', start, start + readAhead - 1)) do
    queued = queued + depthOf(shard .. 'box:' .. id)
  end
end
local counts = redis.call('HMGET', shard .. 'ledger', 'accepted', 'acked', 'expired')
return { tonumber(counts[1]) or 0, tonumber(counts[2]) or 0, tonumber(counts[3]) or 0, queued }
