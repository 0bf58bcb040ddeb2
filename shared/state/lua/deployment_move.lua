#!lua flags=allow-oom
-- Notes how far a deployment has got on its way from layout 1: 'begun' before the first key is moved, 'ended' after the last.
-- Guarantee: from the beginning on no edge of layout 1 starts, and a janitor finds no number of shards until the end.
-- Returns nothing.

local deploymentKey = KEYS[1] -- [hash] what all nodes must agree on
local step = ARGV[1] -- [word] 'begun' or 'ended'

local held = redis.call('HMGET', deploymentKey, 'shardCount', 'movingShards', 'shards')
if held[1] then
  return
elseif step == 'begun' and not held[2] and held[3] then
  redis.call('HSET', deploymentKey, 'movingShards', held[3], 'shards', 'layout 2')
elseif step == 'ended' and held[2] then
  redis.call('HSET', deploymentKey, 'layout', '2', 'shardCount', held[2])
  redis.call('HDEL', deploymentKey, 'movingShards')
end
