#!lua flags=allow-oom
-- Takes a node that leaves out of the list.
-- Guarantee: it does not look like a dead node.
-- Returns nothing.

local nodesKey = KEYS[1] -- [zset] nodes by their last heartbeat, in ms
local nodeKey = KEYS[2] -- [hash] the report of the node
local node = ARGV[1] -- [id]

redis.call('DEL', nodeKey)
redis.call('ZREM', nodesKey, node)
