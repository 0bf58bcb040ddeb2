#!lua flags=allow-oom
-- Takes devices that a node does not hold out of its set: one page of it. They are left over when a deregistration did not
-- reach Redis and the lease ended, or when Redis came back with older data.
-- Guarantee: a device that the node holds stays in the set.
-- Returns {cursor of the next page ('0': this was the last), devices taken out}.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local node = ARGV[1] -- [id]
local cursor = ARGV[2] -- [cursor] of SSCAN, '0' for the first page
local pageSize = ARGV[3] -- [count] devices, about

local page = redis.call('SSCAN', shard .. 'node:' .. node, cursor, 'COUNT', pageSize)
local removed = 0
for _, member in ipairs(page[2]) do
  if readMailbox(shard .. 'box:' .. idOf(member)).node ~= node then
    removed = removed + redis.call('SREM', shard .. 'node:' .. node, member)
  end
end
return { page[1], removed }
