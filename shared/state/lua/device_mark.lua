#!lua flags=allow-oom
-- Notes that the socket of a connection is backed up, or writable again. While it is backed up no live-only message is sent
-- to it.
-- Guarantee: a connection that does not hold its device changes nothing.
-- Returns the number of connections that hold their devices.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local marks = cmsgpack.unpack(ARGV[1]) -- [[device, session, 'backpressured' | 'writable']...]

local marked = 0
for _, mark in ipairs(marks) do
  local deviceKey = shard .. 'device:' .. mark[1]
  if redis.call('HGET', deviceKey, 'session') == mark[2] then
    marked = marked + 1
    if mark[3] == 'backpressured' then
      redis.call('HSET', deviceKey, 'behind', 1)
    else
      redis.call('HDEL', deviceKey, 'behind')
    end
  end
end
return marked
