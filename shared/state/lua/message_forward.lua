#!lua
-- Hands messages that are never stored to the nodes that hold their recipients.
-- Returns MessagePack [verdict...], one a message: {'local', session} the asking node holds the recipient,
-- {'delivered'} published to its node, {'behind'} its connection takes nothing now, {'absent'} nobody holds it,
-- {'repeated', expiresAt} handed on or accepted before, nothing was done now; expiresAt is 0 or less for what was not stored.
-- Fails with LATE when the asker has given up by now.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local messages = cmsgpack.unpack(ARGV[1]) -- [[recipient, repeat key or '', envelope without its times]...]
local node = ARGV[2] -- [id] the asking node
local deadline = tonumber(ARGV[3]) -- [ms] when the asker gives up
local repeatWindowMs = tonumber(ARGV[4]) -- [ms] how long ids that were handed on are remembered
-- Heads in MessagePack, of envelopes (src/envelope.ts) and notices (src/inbox.ts).
local array4, array7, uint64, bin32 = '\148', '\151', '\207', '\198'

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > deadline then
  return redis.error_reply('LATE the asker has given up')
end

local atNow = uint64 .. struct.pack('>I8', now)

-- Nobody listens: the node is dead, and what it held is held by nobody.
local function release(id, holder)
  local deviceKey = shard .. 'device:' .. id
  redis.call('SREM', shard .. 'node:' .. holder, id)
  if redis.call('EXISTS', shard .. 'queue:' .. id) == 1 then
    redis.call('HDEL', deviceKey, 'node', 'session', 'since', 'behind')
    return
  end
  local booked = tonumber(redis.call('HGET', deviceKey, 'bytes')) or 0
  redis.call('DEL', deviceKey)
  redis.call('ZREM', shard .. 'expiry', id)
  if booked > 0 then
    redis.call('HINCRBY', shard .. 'ledger', 'bytes', -booked)
  end
end

-- Left to the asking node, which takes it back with message_forget when it cannot hand it on after all.
local published, leftToNode = 0, -1

local function remember(seenKey, how)
  if seenKey then
    redis.call('SET', seenKey, how, 'PX', repeatWindowMs)
  end
end

local function forward(message)
  local id, repeatKey = message[1], message[2]
  local seenKey = repeatKey ~= '' and shard .. 'seen:' .. id .. ':' .. repeatKey
  local before = seenKey and redis.call('GET', seenKey)
  if before then
    return { 'repeated', tonumber(before) }
  end
  local held = redis.call('HMGET', shard .. 'device:' .. id, 'node', 'session', 'behind')
  local holder, session, behind = held[1], held[2], held[3]
  if not holder then
    return { 'absent' }
  end
  if behind then
    return { 'behind' }
  end
  if holder == node then
    remember(seenKey, leftToNode)
    return { 'local', session }
  end
  local envelope = array7 .. atNow .. atNow .. message[3]
  local head = array4 .. cmsgpack.pack('ephemeral', id, session)
  local record = head .. bin32 .. struct.pack('>I4', #envelope) .. envelope
  if redis.call('SPUBLISH', shard .. 'to:' .. holder, record) > 0 then
    remember(seenKey, published)
    return { 'delivered' }
  end
  release(id, holder)
  return { 'absent' }
end

local verdicts = {}
for i, message in ipairs(messages) do
  verdicts[i] = forward(message)
end
return cmsgpack.pack(verdicts)
