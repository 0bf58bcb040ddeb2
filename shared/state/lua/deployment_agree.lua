#!lua flags=allow-oom
-- Sets the number of shards, once. Allowed above maxmemory: with a full Redis, nodes are started too.
-- Returns the number that holds.

local deploymentKey = KEYS[1] -- [hash] what all nodes must agree on
local shards = ARGV[1] -- [count]

redis.call('HSETNX', deploymentKey, 'shards', shards)
return redis.call('HGET', deploymentKey, 'shards')
