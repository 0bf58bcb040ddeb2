#!lua flags=allow-oom
-- Registers connections as the holders of their devices and notifies the nodes of the holders before. 'offline': the connection
-- holds the device, but nothing is delivered to it. Runs above maxmemory, because a device that registers empties its queue.
-- Guarantee: one connection holds a device, the newest. A fresh registration always wins; one that a connection repeats,
-- after Redis was unavailable, loses to a newer one. A claimed device is held only by who has proven its key. What is
-- refused changes nothing.
-- Returns MessagePack [now, answer...], one a registration, times in ms of Redis's clock:
--   {'registered', since, seq, depth, session before on the same node or '', requests used, points used, stale, standing,
--    connected, claimed}
--                   stale (0 or 1): some of the queue has expired; standing: 'seen' or 'known'
--                   connected: seconds altogether so far; claimed (0 or 1): it is bound to the key that was given
--   {'superseded'}  a newer connection holds the device
--   {'unproven'}    the device is claimed, or must be, and the key that was given is not its key
--   {'limited', ms} too many registrations of the device; ms until there may be another
--   {'short'}       Redis has no room for a first claim

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
-- `key` was proven on this connection, and the key that it succeeds has signed it; both are raw bytes, '' for none.
local registrations = cmsgpack.unpack(ARGV[1]) -- [[device, session, since (0 = now), 'online' | 'offline', key, succeeds, hidden (1 or 0)]...]
local node = ARGV[2] -- [id] of the calling node
local leaseMs = tonumber(ARGV[3]) -- [ms] how long a registration lives without a check
local claims = ARGV[4] -- [word] 'optional', 'required' or 'off'
local maxRegistrations = tonumber(ARGV[5]) -- [count] of a device in a window, 0 = no limit
local pressure = tonumber(ARGV[6]) -- [level] 0 to 4: how short of room Redis is
local windowMs = 60000 -- [ms] from a window's first registration

-- Returns why the connection may not hold the device, or nil, and what its claim is to become: 'kept', 'bound' or 'none'.
local function judgeClaim(bound, key, succeeds, isFresh)
  if claims == 'off' then
    return nil, 'none'
  elseif bound then
    local isHeir = key ~= '' and succeeds == bound
    return bound ~= key and not isHeir and 'unproven' or nil, isHeir and 'bound' or 'kept'
  elseif key == '' then
    return claims == 'required' and 'unproven' or nil, 'none'
  elseif pressure > 0 then
    -- Who holds the device already goes on, unclaimed for now.
    return isFresh and 'short' or nil, 'none'
  end
  return nil, 'bound'
end

-- Returns nil when there may be another registration now, and counts it; else the time in ms until there may be.
local function overLimit(id)
  if maxRegistrations == 0 then
    return nil
  end
  local key = shard .. 'registrations:' .. id
  local used = redis.call('INCR', key)
  if used > maxRegistrations then
    local leftMs = redis.call('PTTL', key)
    if leftMs > 0 and leftMs <= windowMs then
      return leftMs
    end
    used = 1 -- Redis's clock was set back since this window began
    redis.call('SET', key, used)
  end
  if used == 1 then
    redis.call('PEXPIRE', key, windowMs)
  end
  return nil
end

-- Notes that an unclaimed device is here. Returns its standing and for how many seconds it was connected altogether.
local function arrive(id)
  local atSeconds = math.floor(now / 1000)
  local oldest = atSeconds - rememberedSeconds
  if (tonumber(redis.call('ZSCORE', shard .. 'residents', id)) or 0) > oldest then
    return 'known', knownAfterSeconds
  end
  local visit = tonumber(redis.call('ZSCORE', shard .. 'visitors', id)) or 0
  local connected = visit > oldest * 1024 and visit % 1024 or 0
  redis.call('ZADD', shard .. 'visitors', atSeconds * 1024 + connected, id)
  return 'seen', connected
end

-- What is special about the device now; what is counted of its queue stays.
local function specialOf(accept, hidden, before)
  local counted = before and string.find(before, 'c', 1, true) and 'c' or ''
  return (accept == 'listed' and 'l' or '') .. (hidden == 1 and 'h' or '') .. counted
end

-- Adds a field to what is written, or to what is taken out when it has no value.
local function change(written, takenOut, field, value)
  if value then
    written[#written + 1] = field
    written[#written + 1] = value
  else
    takenOut[#takenOut + 1] = field
  end
end

local function register(id, session, since, manner, key, succeeds, hidden)
  local deviceKey = shard .. 'device:' .. id
  local held = redis.call('HMGET', deviceKey, 'node', 'session', 'since', 'seq', 'until', 'earliest', 'special')
  local holderSession, heldSince = held[2], tonumber(held[3]) or 0
  -- A device that is offline has no node in its hash; its session begins with the name of the node.
  local holder = held[1] or holderSession and string.match(holderSession, '^[^.]+')
  local isOwn = holder and connectionOf(holderSession) == connectionOf(session)
  local claim = redis.call('HMGET', shard .. 'claim:' .. id, 'key', 'accept')
  local refused, becomes = judgeClaim(claim[1], key, succeeds, since == 0)
  -- Redis may have lost a claim, and let somebody in without the key: then the proof counts for more than being newer.
  if since > 0 and holder and not isOwn and heldSince > since and becomes ~= 'bound' then
    return { 'superseded' }
  end
  if refused then
    return { refused }
  end
  -- What a stranger without the key tries does not count against the owner.
  local waitMs = since == 0 and not isOwn and overLimit(id)
  if waitMs then
    return { 'limited', waitMs }
  end
  if becomes == 'bound' then
    redis.call('HSET', shard .. 'claim:' .. id, 'key', key)
  end

  -- Newer than the holder before, even if Redis's clock was set back meanwhile.
  if since == 0 then
    since = math.max(now, heldSince + 1)
  end
  local standing, connected = 'known', knownAfterSeconds
  if not claim[1] and becomes ~= 'bound' then
    standing, connected = arrive(id)
  end
  if standing == 'known' then
    keepKnown(shard, id)
  end
  local special = specialOf(claim[2], hidden, held[7])
  local written = { 'session', session, 'since', since, 'standing', standing }
  local takenOut = { 'behind' }
  change(written, takenOut, 'seen_until', standing == 'seen' and now + seenMs)
  change(written, takenOut, 'special', special ~= '' and special)
  change(written, takenOut, 'node', manner ~= 'offline' and node)
  redis.call('HSET', deviceKey, unpack(written))
  redis.call('HDEL', deviceKey, unpack(takenOut))
  if manner == 'offline' then
    redis.call('SREM', shard .. 'node:' .. node, id)
  else
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
    notify(shard, holder, cmsgpack.pack({ 'replaced', id, holderSession }))
  end
  local depth = redis.call('ZCARD', shard .. 'queue:' .. id)
  local used = redis.call('HMGET', shard .. 'limit:' .. id, 'requests', 'points')
  local requests, points = tonumber(used[1]) or 0, tonumber(used[2]) or 0
  local stale = depth > 0 and held[6] and tonumber(held[6]) <= now and 1 or 0
  local claimed = becomes ~= 'none' and 1 or 0
  local seq = tonumber(held[4]) or 0
  return { 'registered', since, seq, depth, before, requests, points, stale, standing, connected, claimed }
end

local reply = { now }
for i, registration in ipairs(registrations) do
  reply[i + 1] = register(unpack(registration))
end
redis.call('PEXPIRE', shard .. 'node:' .. node, leaseMs)
forgetOldest(shard)
return cmsgpack.pack(reply)
