#!lua flags=allow-oom
-- Makes connections the holders of their devices and tells the nodes of the holders before. A fresh registration
-- always wins; one that is repeated after a lost connection to Redis yields to a newer one. Allowed above maxmemory:
-- whoever registers empties a queue. 'offline': the connection is there, and nothing is delivered to it.
-- Returns MessagePack [now, answer...], one a registration, times in ms of Redis's clock:
--   {'registered', since, seq, depth, session before on the same node or '', requests used, points used, stale}
--                   stale (0 or 1): some of the queue has expired
--   {'superseded'}  a newer connection holds the device

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local registrations = cmsgpack.unpack(ARGV[1]) -- [[device, session, since (0 = now), 'online' | 'offline']...]
local node = ARGV[2] -- [id] the asking node
local leaseMs = tonumber(ARGV[3]) -- [ms] how long a registration lives without being checked
local array3 = '\147' -- head in MessagePack, of a notice (src/inbox.ts)

-- Those of one connection begin alike (src/registry.ts).
local function connectionOf(session)
  return string.match(session, '^[^.]+%.[^.]+') or session
end

local function register(id, session, since, manner)
  local deviceKey = shard .. 'device:' .. id
  local held = redis.call('HMGET', deviceKey, 'node', 'session', 'since', 'seq', 'until', 'earliest')
  local holderSession, heldSince = held[2], tonumber(held[3]) or 0
  -- One that has said that it is offline is known by its session alone, which begins with its node.
  local holder = held[1] or holderSession and string.match(holderSession, '^[^.]+')
  local isOwn = holder and connectionOf(holderSession) == connectionOf(session)
  if since > 0 and holder and not isOwn and heldSince > since then
    return { 'superseded' }
  end

  -- Newer than the holder before, also when Redis's clock was set back meanwhile.
  if since == 0 then
    since = math.max(now, heldSince + 1)
  end
  redis.call('HSET', deviceKey, 'session', session, 'since', since)
  redis.call('HDEL', deviceKey, 'behind')
  if manner == 'offline' then
    redis.call('HDEL', deviceKey, 'node')
    redis.call('SREM', shard .. 'node:' .. node, id)
  else
    redis.call('HSET', deviceKey, 'node', node)
    redis.call('SADD', shard .. 'node:' .. node, id)
  end
  local keptUntil = tonumber(held[5]) or 0
  if keptUntil < now + leaseMs then
    redis.call('HSET', deviceKey, 'until', now + leaseMs)
    redis.call('PEXPIREAT', deviceKey, now + leaseMs)
  end

  local before = ''
  if holder == node then
    before = holderSession
  elseif holder then
    redis.call('SREM', shard .. 'node:' .. holder, id)
    redis.call('SPUBLISH', shard .. 'to:' .. holder, array3 .. cmsgpack.pack('replaced', id, holderSession))
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
