#!lua flags=allow-oom
-- Notes the heartbeat of a node, and forgets the nodes that have been silent for long. Runs above maxmemory: a full Redis
-- must not make its nodes look dead.
-- Guarantee: a node is listed with its report while its heartbeats come, and without one when they stop.
-- Returns how many nodes have a heartbeat that holds, this one among them.

local nodesKey = KEYS[1] -- [zset] nodes by their last heartbeat, in ms
local nodeKey = KEYS[2] -- [hash] the report of the node
local node = ARGV[1] -- [id]
local report = cmsgpack.unpack(ARGV[2]) -- [field, value as text, field, value as text...]
local lifetimeMs = tonumber(ARGV[3]) -- [ms] how long a heartbeat holds
local forgottenAfterMs = tonumber(ARGV[4]) -- [ms] how long a silent node is listed
local atMs = tonumber(ARGV[5]) -- [ms] in Redis's clock, as the node knows it

redis.call('HSET', nodeKey, unpack(report))
redis.call('PEXPIRE', nodeKey, lifetimeMs)
redis.call('ZADD', nodesKey, atMs, node)
redis.call('ZREMRANGEBYSCORE', nodesKey, '-inf', atMs - forgottenAfterMs)
redis.call('PEXPIRE', nodesKey, forgottenAfterMs)
return #redis.call('ZRANGE', nodesKey, atMs - lifetimeMs, '+inf', 'BYSCORE')
