#!lua flags=allow-oom
-- Sets the number of shards when the first node of a deployment starts. Nodes may start while Redis's memory is full.
-- Guarantee: the first number stays; every later call answers it.
-- Returns the number that holds.

local deploymentKey = KEYS[1] -- [hash] what all nodes must agree on
local shards = ARGV[1] -- [count]

redis.call('HSETNX', deploymentKey, 'shards', shards)
return redis.call('HGET', deploymentKey, 'shards')
