#!lua flags=allow-oom
-- Ends or suspends registrations. 'closed': nobody holds the device, which is forgotten when nothing is queued for it.
-- 'offline': nothing is delivered, but the connection may still acknowledge what it received.
-- Guarantee: a connection that does not hold the device changes nothing, so a late call cannot end a newer registration. The
-- seconds count all the same: a device that comes back often is taken over by its own next connection.
-- Returns the number of connections that held their devices.

local lane = KEYS[1] -- [prefix] of the lane; every key below is one of its shards'
local deregistrations = cmsgpack.unpack(ARGV[1]) -- [[shard, device, session, 'closed' | 'offline', seconds connected and not told before, the id as bytes]...]

local shards = {}

local function deregister(number, id, session, manner, seconds, member)
  local shard = prefixOf(number)
  shards[shard] = true
  local mailbox = readMailbox(shard .. 'box:' .. id)
  mailbox.member = member
  -- A closed connection ends all of its sessions: it may not know under which of them Redis knows it.
  local isItsOwn = mailbox.session ~= '' and connectionOf(mailbox.session) == connectionOf(session)
  if mailbox.session == '' or mailbox.session ~= session and not (manner == 'closed' and isItsOwn) then
    if seconds > 0 then
      leave(shard, id, mailbox, seconds)
      if mailbox.isThere then
        redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
      end
    end
    return 0
  end
  if manner == 'closed' then
    release(shard, id, mailbox, depthOf(mailbox.key), seconds)
  elseif mailbox.node ~= '' then
    suspend(shard, id, mailbox)
    redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
  end
  return 1
end

local deregistered = 0
for _, each in ipairs(deregistrations) do
  deregistered = deregistered + deregister(unpack(each))
end
for shard in pairs(shards) do
  forgetOldest(shard)
end
return deregistered
