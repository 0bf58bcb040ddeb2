#!lua flags=allow-oom
-- Registers connections as the holders of their devices and notifies the nodes of the holders before. 'offline': the connection
-- holds the device, but nothing is delivered to it. Runs above maxmemory, because a device that registers empties its queue.
-- Guarantee: one connection holds a device, the newest. A fresh registration always wins; one that a connection repeats,
-- after Redis was unavailable, loses to a newer one.
-- Returns MessagePack [now, answer...], one a registration, times in ms of Redis's clock:
--   {'registered', since, seq, depth, session before on the same node or '', requests used, points used, stale}
--                   stale (0 or 1): some of the queue has expired
--   {'superseded'}  a newer connection holds the device

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local registrations = cmsgpack.unpack(ARGV[1]) -- [[device, session, since (0 = now), 'online' | 'offline']...]
local node = ARGV[2] -- [id] of the calling node
local leaseMs = tonumber(ARGV[3]) -- [ms] how long a registration lives without a check

local function register(id, session, since, manner)
  local deviceKey = shard .. 'device:' .. id
  local held = redis.call('HMGET', deviceKey, 'node', 'session', 'since', 'seq', 'until', 'earliest')
  local holderSession, heldSince = held[2], tonumber(held[3]) or 0
  -- A device that is offline has no node in its hash; its session begins with the name of the node.
  local holder = held[1] or holderSession and string.match(holderSession, '^[^.]+')
  local isOwn = holder and connectionOf(holderSession) == connectionOf(session)
  if since > 0 and holder and not isOwn and heldSince > since then
    return { 'superseded' }
  end

  -- Newer than the holder before, even if Redis's clock was set back meanwhile.
  if since == 0 then
    since = math.max(now, heldSince + 1)
  end
  redis.call('HSET', deviceKey, 'session', session, 'since', since)
  redis.call('HDEL', deviceKey, 'behind')
  if manner == 'offline' then
    suspend(shard, id, node)
  else
    redis.call('HSET', deviceKey, 'node', node)
    redis.call('SADD', shard .. 'node:' .. node, id)
  end
  if (tonumber(held[5]) or 0) < now + leaseMs then
    keepUntil(deviceKey, now + leaseMs)
  end

  local before = ''
  if holder == node then
    before = holderSession
  elseif holder then
    redis.call('SREM', shard .. 'node:' .. holder, id)
    redis.call('SPUBLISH', shard .. 'to:' .. holder, cmsgpack.pack({ 'replaced', id, holderSession }))
  end
  local depth = redis.call('ZCARD', shard .. 'queue:' .. id)
  local used = redis.call('HMGET', shard .. 'limit:' .. id, 'requests', 'points')
  local requests, points = tonumber(used[1]) or 0, tonumber(used[2]) or 0
  local stale = depth > 0 and held[6] and tonumber(held[6]) <= now
  return { 'registered', since, tonumber(held[4]) or 0, depth, before, requests, points, stale and 1 or 0 }
end

local reply = { now }
for i, registration in ipairs(registrations) do
  reply[i + 1] = register(unpack(registration))
end
redis.call('PEXPIRE', shard .. 'node:' .. node, leaseMs)
return cmsgpack.pack(reply)
