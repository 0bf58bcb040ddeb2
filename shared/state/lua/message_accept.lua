#!lua
-- Stores messages in the queues of their recipients and notifies the nodes that hold the recipients.
-- Guarantee: a message id of one sender is stored for a recipient once. What was answered with a seq is in the queue, in the
-- order of the seqs, and counted in the ledger. The second half of a queue is for known senders with less than a quarter each.
-- Returns MessagePack [now, verdict...], one a message, times in ms of Redis's clock:
--   {'local', seq, expiresAt, session}  the calling node holds the recipient and delivers it itself
--   {'delivered', seq, expiresAt}       published to the node that holds the recipient
--   {'queued', seq, expiresAt}          no connection holds the recipient, its socket is backed up, or it hides its presence
--   {'repeated', expiresAt}             accepted before, or sent live-only (expiresAt is 0 or less then); nothing was stored now
-- or why nothing was stored:
--   {'full'}                            the queue takes no more, or no more of this sender
--   {'stale'}                           full, but some of it has expired: sweep it and try again
--   {'short'}                           Redis is short of room for such a message
--   {'listed'}                          the recipient takes messages from listed contacts only: try again with the tag
--   {'unlisted'}                        the sender is no such contact

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
-- A tag names the sender among the recipient's contacts: 16 bytes, or '' as long as nobody knows that it needs one.
local messages = cmsgpack.unpack(ARGV[1]) -- [[recipient, repeat key or '', ttl in ms, envelope without its times, sender is known (1 or 0), tag]...]
local node = ARGV[2] -- [id] of the calling node
local maxMessages = tonumber(ARGV[3]) -- [count] a queue
local maxBytes = tonumber(ARGV[4]) -- [bytes] a queue
local repeatWindowMs = tonumber(ARGV[5]) -- [ms] how long accepted ids are remembered at least
local slackMs = tonumber(ARGV[6]) -- [ms] how much longer than its messages a queue's key lives
local publishBytes = tonumber(ARGV[7]) -- [bytes] larger envelopes are not published: the node is woken and pulls them
local pressure = tonumber(ARGV[8]) -- [level] 0 to 4: how short of room Redis is
local strangeMessages, strangeBytes, strangeMs = 20, 262144, 3600000 -- [count] [bytes] [ms] the room of a strange recipient
local array5 = '\149' -- MessagePack's head of a notice with five fields (src/inbox/inbox.ts)

local none = {}
local devices = {} -- by id: what this call knows and changes of each recipient
local verdicts = { now }
local remote = {} -- by node: what to publish there, and which verdicts depend on it
local accepted = 0
local bytesGained = 0

local function writeSpecial(device, special)
  device.special = special
  if special == '' then
    redis.call('HDEL', device.deviceKey, 'special')
  else
    redis.call('HSET', device.deviceKey, 'special', special)
  end
end

local function loadSpecial(device, special)
  device.special = special
  device.isListed = string.find(special, 'l', 1, true) ~= nil
  device.isHidden = string.find(special, 'h', 1, true) ~= nil
  device.isCounted = isCounted(special)
  if device.isCounted and device.depth == 0 then
    device.isCounted = false
    redis.call('DEL', shard .. 'shares:' .. device.id)
    writeSpecial(device, (string.gsub(special, 'c', '')))
  end
end

local function load(id)
  local deviceKey, queueKey = shard .. 'device:' .. id, shard .. 'queue:' .. id
  local held = redis.call(
    'HMGET',
    deviceKey,
    'node',
    'session',
    'seq',
    'bytes',
    'until',
    'earliest',
    'behind',
    'queue_until',
    'special',
    'standing'
  )
  local depth = redis.call('ZCARD', queueKey)
  local booked = tonumber(held[4]) or 0
  local special, standing, lacking = held[9], held[10], none
  if standing ~= 'known' then
    standing, special, lacking = recipientStanding(shard, id, standing, special, held[2])
  end
  local device = {
    id = id,
    deviceKey = deviceKey,
    queueKey = queueKey,
    node = held[1],
    session = held[2],
    seq = tonumber(held[3]) or 0,
    bytes = depth > 0 and booked or 0,
    booked = booked,
    keptUntil = tonumber(held[5]) or 0,
    earliest = tonumber(held[6]),
    behind = held[7],
    queueUntil = tonumber(held[8]) or 0,
    standing = standing,
    lacking = lacking,
    freeMessages = maxMessages / 2,
    freeBytes = maxBytes / 2,
    depth = depth,
    depthBefore = depth,
    latest = 0,
    added = {},
  }
  if standing == 'strange' then
    device.freeMessages, device.freeBytes = math.min(strangeMessages, maxMessages), math.min(strangeBytes, maxBytes)
  end
  if special then
    loadSpecial(device, special)
  end
  devices[id] = device
  return device
end

-- An id is remembered for as long as its message may be in the queue; message_ack shortens that.
local function acceptedBefore(id, repeatKey, ttl)
  if repeatKey == '' then
    return nil
  end
  local key = shard .. 'seen:' .. id .. ':' .. repeatKey
  return redis.call('SET', key, now + ttl, 'NX', 'GET', 'PX', math.max(ttl, repeatWindowMs))
end

local function publishLater(device, verdict, envelope)
  local batch = remote[device.node]
  if not batch then
    batch = { records = {}, verdicts = {}, devices = {} }
    remote[device.node] = batch
  end
  local record
  if device.behind or #envelope > publishBytes then
    record = cmsgpack.pack({ 'wake', device.id, device.session, device.seq })
  else
    record = withEnvelope(array5 .. cmsgpack.pack('message', device.id, device.session, device.seq), envelope)
  end
  batch.records[#batch.records + 1] = record
  -- A device whose socket is backed up gets the message from its queue later, so its verdict stays 'queued'; of one that hides its
  -- presence nothing else is ever said.
  if not device.behind and not device.isHidden then
    batch.verdicts[#batch.verdicts + 1] = verdict
  end
  batch.devices[device.id] = device
end

-- Whether the sender has less than a quarter of the queue.
local function hasShareLeft(device, sender)
  if not device.isCounted then
    countShares(shard, device.id, device.added)
    device.isCounted = true
    redis.call('PEXPIREAT', shard .. 'shares:' .. device.id, math.max(device.queueUntil, now + slackMs))
    writeSpecial(device, (device.special or '') .. 'c')
    redis.call('PEXPIRE', device.deviceKey, slackMs, 'NX')
  end
  local messages, bytes = shareOf(shard, device.id, sender)
  return messages < maxMessages / 4 and bytes < maxBytes / 4
end

-- Returns why the message is not stored, or nil.
local function refusalOf(device, message, envelope)
  local size = #envelope
  if device.isListed and not isListed(shard, device.id, message[6]) then
    return 'unlisted'
  end
  if isShort(pressure, device.standing, size) then
    return 'short'
  elseif device.depth < device.freeMessages and device.bytes + size <= device.freeBytes then
    return nil
  end
  local isWhole = device.depth >= maxMessages or device.bytes + size > maxBytes
  local mayGoOn = not isWhole and device.standing ~= 'strange' and message[5] == 1
  if mayGoOn and hasShareLeft(device, senderOf(envelope)) then
    return nil
  end
  return device.depth > 0 and device.earliest and device.earliest <= now and 'stale' or 'full'
end

local function accept(message)
  local id, repeatKey, ttl = message[1], message[2], message[3]
  local device = devices[id] or load(id)
  if device.isListed and message[6] == '' then
    return { 'listed' }
  end
  if device.standing == 'strange' then
    ttl = math.min(ttl, strangeMs)
  end
  local before = acceptedBefore(id, repeatKey, ttl)
  if before then
    return { 'repeated', tonumber(before) }
  end

  local expiresAt = now + ttl
  local envelope = envelopeOf(expiresAt, now, message[4])
  local isFree = device.depth < device.freeMessages and device.bytes + #envelope <= device.freeBytes
  local mayPass = isFree and pressure == 0 and not device.isListed
  local refused = not mayPass and refusalOf(device, message, envelope)
  if refused then
    if repeatKey ~= '' then
      redis.call('DEL', shard .. 'seen:' .. id .. ':' .. repeatKey)
    end
    return { refused }
  end

  device.seq = device.seq + 1
  device.depth = device.depth + 1
  device.bytes = device.bytes + #envelope
  device.latest = math.max(device.latest, expiresAt)
  -- An entry of the expiry index that lies in the future may stay, even when its message is gone.
  local emptied = device.depth == 1 and device.earliest and device.earliest <= now
  if not device.earliest or expiresAt < device.earliest or emptied then
    device.earliest = expiresAt
    device.index = true
  end
  device.added[#device.added + 1] = device.seq
  device.added[#device.added + 1] = envelope
  accepted = accepted + 1
  if device.isCounted then
    addShare(shard, id, senderOf(envelope), 1, #envelope)
  end

  if device.node == node then
    return { 'local', device.seq, expiresAt, device.session }
  end
  local verdict = { 'queued', device.seq, expiresAt }
  if device.node then
    publishLater(device, verdict, envelope)
  end
  return verdict
end

local function store(device)
  redis.call('ZADD', device.queueKey, unpack(device.added))
  local changes = { 'seq', device.seq, 'bytes', device.bytes }
  for i = 1, #device.lacking do
    changes[4 + i] = device.lacking[i]
  end
  bytesGained = bytesGained + device.bytes - device.booked
  -- A sweep counts what has expired, so the key must outlive its messages until a sweep comes.
  local backstop = device.latest + slackMs / 2
  local outlived = backstop > device.keptUntil
  if outlived then
    device.keptUntil = device.latest + slackMs
    changes[#changes + 1] = 'until'
    changes[#changes + 1] = device.keptUntil
  end
  -- The queue's key needs a lifetime of its own: a lease renews only the device's, and an empty sorted set is deleted.
  local refresh = device.depthBefore == 0 or backstop > device.queueUntil
  if refresh then
    changes[#changes + 1] = 'queue_until'
    changes[#changes + 1] = device.keptUntil
  end
  if device.index then
    redis.call('ZADD', shard .. 'expiry', device.earliest, device.id)
    changes[#changes + 1] = 'earliest'
    changes[#changes + 1] = device.earliest
  end
  redis.call('HSET', device.deviceKey, unpack(changes))
  if outlived then
    redis.call('PEXPIREAT', device.deviceKey, device.keptUntil)
  end
  if refresh then
    redis.call('PEXPIREAT', device.queueKey, device.keptUntil)
  end
  if device.isCounted then
    redis.call('PEXPIREAT', shard .. 'shares:' .. device.id, math.max(device.keptUntil, device.queueUntil))
  end
  if outlived or device.index then
    redis.call('PEXPIREAT', shard .. 'expiry', device.keptUntil, 'NX')
    redis.call('PEXPIREAT', shard .. 'expiry', device.keptUntil, 'GT')
  end
end

local function publish(holder, batch)
  local listeners = notify(shard, holder, table.concat(batch.records))
  if listeners > 0 then
    for _, verdict in ipairs(batch.verdicts) do
      verdict[1] = 'delivered'
    end
    return
  end
  -- Nobody listens on its channel: the node is dead, and its devices are held by nobody.
  for id, device in pairs(batch.devices) do
    release(shard, id, holder, device.bytes)
  end
end

for _, message in ipairs(messages) do
  verdicts[#verdicts + 1] = accept(message)
end
for _, device in pairs(devices) do
  if #device.added > 0 then
    store(device)
  end
end
count(shard, 'accepted', accepted)
count(shard, 'bytes', bytesGained)
for holder, batch in pairs(remote) do
  publish(holder, batch)
end

return cmsgpack.pack(verdicts)
