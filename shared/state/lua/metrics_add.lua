#!lua flags=allow-oom
-- Adds what a node has counted to the sums of all nodes.
-- Guarantee: each flush counts once, however often it is sent.
-- Returns 1 when it was counted now, 0 when it had been before.

local totalKey = KEYS[1] -- [hash] field to amount, since ever
local minuteKey = KEYS[2] -- [hash] field to amount, of one minute
local flushedKey = KEYS[3] -- [string] the node's last flush
local flush = ARGV[1] -- [id] of this flush
local fields = cmsgpack.unpack(ARGV[2]) -- [field, amount as text, field, amount as text...]
local minuteLifetimeMs = ARGV[3] -- [ms]
local flushedLifetimeMs = ARGV[4] -- [ms]

if redis.call('GET', flushedKey) == flush then
  return 0
end
-- Noted first: a flush that fails half way must not count again from its start.
redis.call('SET', flushedKey, flush, 'PX', flushedLifetimeMs)

for i = 1, #fields, 2 do
  local field, amount = fields[i], fields[i + 1]
  -- Sums of seconds have fractions; counts stay whole, however large they get.
  local add = string.sub(field, -4) == ':sum' and 'HINCRBYFLOAT' or 'HINCRBY'
  redis.call(add, totalKey, field, amount)
  redis.call(add, minuteKey, field, amount)
end
redis.call('PEXPIRE', minuteKey, minuteLifetimeMs)
return 1
