#!lua flags=allow-oom
-- Adds to how long devices were connected altogether. Ten minutes make a device known.
-- Guarantee: a connection that does not hold the device changes nothing.
-- Returns MessagePack [standing...], one a connection: 'seen', 'known', or 'gone' when it does not hold the device.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local stays = cmsgpack.unpack(ARGV[1]) -- [[device, session, seconds not told before]...]

local standings = {}
for i, stay in ipairs(stays) do
  local isHolder = redis.call('HGET', shard .. 'device:' .. stay[1], 'session') == stay[2]
  standings[i] = isHolder and addStay(shard, stay[1], stay[3]) or 'gone'
end
forgetOldest(shard)
return cmsgpack.pack(standings)
