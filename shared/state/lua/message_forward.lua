#!lua
-- Hands messages that are never stored to the nodes that hold their recipients.
-- Returns MessagePack [verdict...], one a message: {'local', session} the asking node holds the recipient,
-- {'delivered'} published to its node, {'behind'} its connection takes nothing now, {'absent'} nobody holds it.
-- Fails with LATE when the asker has given up by now.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local messages = cmsgpack.unpack(ARGV[1]) -- [[recipient, envelope without its times]...]
local node = ARGV[2] -- [id] the asking node
local deadline = tonumber(ARGV[3]) -- [ms] when the asker gives up
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

local function forward(message)
  local id = message[1]
  local held = redis.call('HMGET', shard .. 'device:' .. id, 'node', 'session', 'behind')
  local holder, session, behind = held[1], held[2], held[3]
  if not holder then
    return { 'absent' }
  end
  if behind then
    return { 'behind' }
  end
  if holder == node then
    return { 'local', session }
  end
  local envelope = array7 .. atNow .. atNow .. message[2]
  local head = array4 .. cmsgpack.pack('ephemeral', id, session)
  local record = head .. bin32 .. struct.pack('>I4', #envelope) .. envelope
  if redis.call('SPUBLISH', shard .. 'to:' .. holder, record) > 0 then
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
