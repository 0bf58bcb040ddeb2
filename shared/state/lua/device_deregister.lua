#!lua flags=allow-oom
-- Ends or suspends registrations. 'closed': nobody holds the device, which is forgotten when nothing is queued for it.
-- 'offline': nothing is delivered, but the connection may still acknowledge what it received.
-- Guarantee: a connection that does not hold the device changes nothing, so a late call cannot end a newer registration. The
-- seconds count all the same: a device that comes back often is taken over by its own next connection.
-- Returns the number of connections that held their devices.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local deregistrations = cmsgpack.unpack(ARGV[1]) -- [[device, session, 'closed' | 'offline', seconds connected and not told before]...]

local function deregister(id, session, manner, seconds)
  if seconds > 0 then
    addStay(shard, id, seconds)
  end
  local held = redis.call('HMGET', shard .. 'device:' .. id, 'session', 'node', 'bytes')
  -- A closed connection ends all of its sessions: it may not know under which of them Redis knows it.
  local isItsOwn = held[1] and connectionOf(held[1]) == connectionOf(session)
  if held[1] ~= session and not (manner == 'closed' and isItsOwn) then
    return 0
  end
  local node = held[2]
  if manner == 'closed' then
    release(shard, id, node, tonumber(held[3]) or 0)
  elseif node then
    suspend(shard, id, node)
  end
  return 1
end

local deregistered = 0
for _, each in ipairs(deregistrations) do
  deregistered = deregistered + deregister(unpack(each))
end
return deregistered
