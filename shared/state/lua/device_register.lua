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

local lane = KEYS[1] -- [prefix] of the lane; every key below is one of its shards'
-- `key` was proven on this connection, and the key that it succeeds has signed it; both are raw bytes, '' for none.
local registrations = cmsgpack.unpack(ARGV[1]) -- [[shard, device, session, since (0 = now), 'online' | 'offline', key, succeeds, hidden (1 or 0), the id as bytes]...]
local node = ARGV[2] -- [id] of the calling node
local leaseMs = tonumber(ARGV[3]) -- [ms] how long a registration lives without a check
local claims = ARGV[4] -- [word] 'optional', 'required' or 'off'
local maxRegistrations = tonumber(ARGV[5]) -- [count] of a device in a window, 0 = no limit
local pressure = tonumber(ARGV[6]) -- [level] 0 to 4: how short of room Redis is
local pointsBase = 2 ^ 32 -- what a sender has used is this times its requests, and its points

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

-- Returns nil when there may be another registration now; else the time in ms until there may be. `ended` is the count of those
-- that ended within a minute; the holder's own counts while it is that young.
local function overLimit(shard, id, mailbox, ended)
  local heldMs = now - mailbox.since
  local held = mailbox.since > 0 and heldMs < registrationWindowMs and heldMs > -registrationWindowMs and 1 or 0
  if maxRegistrations == 0 or ended + held < maxRegistrations then
    return nil
  elseif ended == 0 then
    return math.min(registrationWindowMs, registrationWindowMs - heldMs)
  end
  local leftMs = redis.call('PTTL', shard .. 'registrations:' .. id)
  if leftMs > 0 and leftMs <= registrationWindowMs then
    return leftMs
  end
  redis.call('DEL', shard .. 'registrations:' .. id) -- Redis's clock was set back since this window began
  return nil
end

-- An unclaimed device is here. Returns its standing and for how many seconds it was connected altogether. That it was seen is in its
-- mailbox, and noted when it leaves.
local function arrive(shard, id)
  local oldest = math.floor(now / 1000) - rememberedSeconds
  if (tonumber(redis.call('ZSCORE', shard .. 'residents', id)) or 0) > oldest then
    return standings.known, knownAfterSeconds
  end
  local visit = tonumber(redis.call('ZSCORE', shard .. 'visitors', id)) or 0
  return standings.seen, visit > oldest * 1024 and visit % 1024 or 0
end

-- The mailbox as it is with its new holder.
local function hold(mailbox, session, since, manner, standing, accept, hidden)
  local isOffline = manner == 'offline'
  mailbox.session, mailbox.since, mailbox.standing = session, since, standing
  mailbox.node = isOffline and '' or node
  mailbox.seenUntil = standing == standings.seen and now + seenMs or 0
  local counted = hasFlag(mailbox.flags, 'counted') and flagBits.counted or 0
  mailbox.flags = (accept == 'listed' and flagBits.listed or 0)
    + (hidden == 1 and flagBits.hidden or 0)
    + counted
    + (isOffline and flagBits.offline or 0)
end

local function write(mailbox)
  if mailbox.keptUntil < now + leaseMs then
    mailbox.keptUntil = now + leaseMs
    writeMailbox(mailbox)
    redis.call('PEXPIREAT', mailbox.key, mailbox.keptUntil)
  else
    redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
  end
end

local deaf = {} -- nodes that did not listen: when one has died, each of its devices would ask again
local shards = {} -- those of the calling node's sets that have a device more

local function register(number, id, session, since, manner, key, succeeds, hidden, member)
  local shard = prefixOf(number)
  local mailbox = readMailbox(shard .. 'box:' .. id)
  local holderSession, heldSince = mailbox.session, mailbox.since
  -- A device that is offline has no node in its mailbox; its session begins with the name of the node.
  local holder = mailbox.node ~= '' and mailbox.node or string.match(holderSession, '^[^.]+')
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
  local counts = redis.call('MGET', shard .. 'registrations:' .. id, shard .. 'used:' .. id)
  -- What a stranger without the key tries does not count against the owner.
  local waitMs = since == 0 and not isOwn and overLimit(shard, id, mailbox, tonumber(counts[1]) or 0)
  if waitMs then
    return { 'limited', waitMs }
  end
  if holder and not isOwn then
    countRegistration(shard, id, heldSince)
  end
  if becomes == 'bound' then
    redis.call('HSET', shard .. 'claim:' .. id, 'key', key)
  end

  -- Newer than the holder before, even if Redis's clock was set back meanwhile.
  if since == 0 then
    since = math.max(now, heldSince + 1)
  end
  local standing, connected = standings.known, knownAfterSeconds
  if not claim[1] and becomes ~= 'bound' then
    standing, connected = arrive(shard, id)
  end
  if standing == standings.known then
    keepKnown(shard, id)
  end
  local depth = mailbox.seq > 0 and depthOf(mailbox.key) or 0 -- also when its holder is damaged
  hold(mailbox, session, since, manner, standing, claim[2], hidden)
  write(mailbox)
  if manner == 'offline' then
    redis.call('SREM', shard .. 'node:' .. node, member)
  else
    redis.call('SADD', shard .. 'node:' .. node, member)
    shards[shard] = true
  end

  local before = ''
  if holder == node then
    before = holderSession
  elseif holder then
    redis.call('SREM', shard .. 'node:' .. holder, member)
    if not deaf[holder] then
      deaf[holder] = notify(lane, holder, { '', cmsgpack.pack({ 'replaced', id, holderSession }) }) == 0
    end
  end
  local used = tonumber(counts[2]) or 0
  local requests, points = math.floor(used / pointsBase), used % pointsBase
  local stale = depth > 0 and mailbox.earliest > 0 and mailbox.earliest <= now and 1 or 0
  local claimed = becomes ~= 'none' and 1 or 0
  local word = standing == standings.known and 'known' or 'seen'
  return { 'registered', since, mailbox.seq, depth, before, requests, points, stale, word, connected, claimed }
end

local reply = { now }
for i, registration in ipairs(registrations) do
  reply[i + 1] = register(unpack(registration))
end
for shard in pairs(shards) do
  redis.call('PEXPIRE', shard .. 'node:' .. node, leaseMs)
end
return cmsgpack.pack(reply)
