#!lua flags=allow-oom
-- Sets the number of shards, and how their keys are laid out, when the first node of a deployment starts. Nodes may start while
-- Redis's memory is full.
-- Guarantee: the first number stays; every later call answers it. An edge of layout 1 compares its number with the field `shards`,
-- where it finds none that it could have, and refuses to start.
-- Returns {'agreed', shards}; or, where keys of layout 1 are to be taken over first, {'old', shards} before anybody has begun with
-- that, and {'moving', shards} from then on.

local deploymentKey = KEYS[1] -- [hash] what all nodes must agree on
local shards = ARGV[1] -- [count]

local held = redis.call('HMGET', deploymentKey, 'shardCount', 'movingShards', 'shards')
if held[1] then
  redis.call('HSETNX', deploymentKey, 'layout', '2') -- changes nothing: a node that may not write learns it here
  return { 'agreed', held[1] }
elseif held[2] then
  return { 'moving', held[2] }
elseif held[3] then
  return { 'old', held[3] }
end
redis.call('HSET', deploymentKey, 'layout', '2', 'shardCount', shards, 'shards', 'layout 2')
return { 'agreed', shards }
