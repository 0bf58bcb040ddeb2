#!lua flags=allow-oom
-- Notes that the socket of a connection is backed up, or writable again. While it is backed up no live-only message is sent
-- to it.
-- Guarantee: a connection that does not hold its device changes nothing.
-- Returns the number of connections that hold their devices.

local lane = KEYS[1] -- [prefix] of the lane; every key below is one of its shards'
local marks = cmsgpack.unpack(ARGV[1]) -- [[shard, device, session, 'backpressured' | 'writable']...]

local marked = 0
for _, mark in ipairs(marks) do
  local shard = prefixOf(mark[1])
  local mailbox = readMailbox(shard .. 'box:' .. mark[2])
  if mailbox.session == mark[3] then
    marked = marked + 1
    setFlag(mailbox, 'backpressured', mark[4] == 'backpressured')
    redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
  end
end
return marked
