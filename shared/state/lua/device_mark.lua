#!lua flags=allow-oom
-- Notes that a connection's socket is backed up, or no longer: while it is, live-only messages to it are refused.
-- Returns the number of connections that are the holders.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local marks = cmsgpack.unpack(ARGV[1]) -- [[device, session, 'behind' | 'keeping up']...]

local marked = 0
for _, mark in ipairs(marks) do
  local deviceKey = shard .. 'device:' .. mark[1]
  if redis.call('HGET', deviceKey, 'session') == mark[2] then
    marked = marked + 1
    if mark[3] == 'behind' then
      redis.call('HSET', deviceKey, 'behind', 1)
    else
      redis.call('HDEL', deviceKey, 'behind')
    end
  end
end
return marked
