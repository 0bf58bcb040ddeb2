#!lua flags=allow-oom
-- Adds to how long devices were connected altogether. Ten minutes make a device known.
-- Guarantee: a connection that does not hold the device changes nothing.
-- Returns MessagePack [standing...], one a connection: 'seen', 'known', or 'gone' when it does not hold the device.

local lane = KEYS[1] -- [prefix] of the lane; every key below is one of its shards'
local stays = cmsgpack.unpack(ARGV[1]) -- [[shard, device, session, seconds not told before]...]

local shards = {}

local function stay(number, id, session, seconds)
  local shard = prefixOf(number)
  local mailbox = readMailbox(shard .. 'box:' .. id)
  if mailbox.session ~= session then
    return 'gone'
  end
  shards[shard] = true
  leave(shard, id, mailbox, seconds)
  redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
  return mailbox.standing == standings.known and 'known' or 'seen'
end

local words = {}
for i, each in ipairs(stays) do
  words[i] = stay(unpack(each))
end
for shard in pairs(shards) do
  forgetOldest(shard)
end
return cmsgpack.pack(words)
