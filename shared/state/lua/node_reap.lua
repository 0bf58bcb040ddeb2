#!lua flags=allow-oom
-- Ends registrations of a node that has died: one page of them.
-- Guarantee: a node that still listens on its channel is alive, even if frozen, and keeps its devices; and a device that
-- another node holds by now stays with it.
-- Returns {'listening'} or {'reaped', devices released, more (0 or 1)}.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local node = ARGV[1] -- [id] the dead node
local pageSize = tonumber(ARGV[2]) -- [count] devices

if redis.call('PUBSUB', 'SHARDNUMSUB', shard .. 'to:' .. node)[2] > 0 then
  return { 'listening' }
end

local members = redis.call('SPOP', shard .. 'node:' .. node, pageSize)
local released = 0
for _, member in ipairs(members) do
  local id = idOf(member)
  local mailbox = readMailbox(shard .. 'box:' .. id)
  if mailbox.node == node then
    mailbox.node = '' -- it is out of the set already
    release(shard, id, mailbox, depthOf(mailbox.key))
    released = released + 1
  end
end
forgetOldest(shard)
return { 'reaped', released, #members == pageSize and 1 or 0 }
