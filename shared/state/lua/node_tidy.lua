#!lua flags=allow-oom
-- Takes out of a node's set what the node does not hold: a page of it. Left over when a departure could not be told to
-- Redis and the registration ended with its lease, or when Redis came back with older data.
-- Returns {where to go on ('0': the end), devices taken out}.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local node = ARGV[1] -- [id]
local cursor = ARGV[2] -- [cursor] of SSCAN, '0' for the first page
local pageSize = ARGV[3] -- [count] devices, about

local page = redis.call('SSCAN', shard .. 'node:' .. node, cursor, 'COUNT', pageSize)
local removed = 0
for _, id in ipairs(page[2]) do
  if redis.call('HGET', shard .. 'device:' .. id, 'node') ~= node then
    removed = removed + redis.call('SREM', shard .. 'node:' .. node, id)
  end
end
return { page[1], removed }
