#!lua flags=allow-oom
-- Ends or suspends what connections hold. 'closed': the device is held by nobody, and forgotten when nothing is
-- queued for it. 'offline': nothing is delivered, yet the connection may still acknowledge what it was handed.
-- Returns the number of connections that were the holders.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local deregistrations = cmsgpack.unpack(ARGV[1]) -- [[device, session, 'closed' | 'offline']...]

-- Those of one connection begin alike (src/registry.ts).
local function connectionOf(session)
  return string.match(session, '^[^.]+%.[^.]+') or session
end

local function depart(id, session, manner)
  local deviceKey = shard .. 'device:' .. id
  local held = redis.call('HMGET', deviceKey, 'session', 'node', 'bytes')
  -- With a connection end all of its sessions: it may not know which of them Redis knows.
  local isItsOwn = held[1] and connectionOf(held[1]) == connectionOf(session)
  if held[1] ~= session and not (manner == 'closed' and isItsOwn) then
    return 0
  end
  if held[2] then
    redis.call('SREM', shard .. 'node:' .. held[2], id)
  end
  if manner == 'offline' then
    redis.call('HDEL', deviceKey, 'node')
  elseif redis.call('EXISTS', shard .. 'queue:' .. id) == 0 then
    redis.call('DEL', deviceKey)
    redis.call('ZREM', shard .. 'expiry', id)
    if (tonumber(held[3]) or 0) > 0 then
      redis.call('HINCRBY', shard .. 'ledger', 'bytes', -held[3])
    end
  else
    redis.call('HDEL', deviceKey, 'node', 'session', 'since', 'behind')
  end
  return 1
end

local departed = 0
for _, departure in ipairs(deregistrations) do
  departed = departed + depart(departure[1], departure[2], departure[3])
end
return departed
