#!lua
-- Hands messages that are never stored to the nodes that hold their recipients.
-- Returns MessagePack [verdict...], one a message:
--   {'local', session, seq}   the asking node holds the recipient, whose queue has got to seq, and hands it over itself
--   {'published'}             its node was told, and answers the asking node what became of it (message_answer)
--   {'behind'}                its connection takes nothing now
--   {'absent'}                nobody holds it
--   {'repeated', expiresAt}   handed over or accepted before, nothing was done now; expiresAt is 0 for what was not stored
--   {'under way'}             the same id is being handed over for another asker

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
-- With bytes the envelope is large and lies here already, by the name NODE.NUMBER.
local messages = cmsgpack.unpack(ARGV[1]) -- [[recipient, repeat key or '', number, bytes or 0, envelope without its times]...]
local node = ARGV[2] -- [id] the asking node
local graceMs = tonumber(ARGV[3]) -- [ms] how long what is under way is kept beyond the deadline
local publishedBytes = tonumber(ARGV[4]) -- [bytes] of envelopes to one node in one call; what is more is left here too
local underWay = '-1' -- as the note of an id, until message_answer knows better
-- Heads in MessagePack, of envelopes (src/envelope.ts) and notices (src/inbox.ts).
local array7, array10, uint64, bin32 = '\151', '\154', '\207', '\198'

local atNow = uint64 .. struct.pack('>I8', now)
local keptMs = deadline - now + graceMs
local remote = {} -- by node: what to publish there, and what depends on it

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

local function batchFor(holder)
  local batch = remote[holder] or { records = {}, verdicts = {}, keys = {}, ids = {}, bytes = 0 }
  remote[holder] = batch
  return batch
end

local function frameKey(number)
  return shard .. 'live:' .. node .. '.' .. number
end

-- A subscriber's buffer is small and shared by all that is published to a node: what is large waits under a key.
local function contentOf(batch, number, left, body)
  local name = node .. '.' .. number
  if left > 0 then
    batch.keys[#batch.keys + 1] = frameKey(number)
    return cmsgpack.pack(name, left)
  end
  local envelope = array7 .. atNow .. atNow .. body
  local size = #envelope
  if batch.bytes + size <= publishedBytes then
    batch.bytes = batch.bytes + size
    return bin32 .. struct.pack('>I4', size) .. envelope .. cmsgpack.pack(size)
  end
  redis.call('SET', frameKey(number), envelope, 'PX', keptMs)
  batch.keys[#batch.keys + 1] = frameKey(number)
  return cmsgpack.pack(name, size)
end

local function publishLater(holder, session, seq, message, seenKey)
  local id, repeatKey, number = message[1], message[2], message[3]
  local batch, verdict = batchFor(holder), { 'published' }
  local head = array10 .. cmsgpack.pack('live', id, session, node, number, deadline, seq, repeatKey)
  batch.records[#batch.records + 1] = head .. contentOf(batch, number, message[4], message[5])
  batch.verdicts[#batch.verdicts + 1] = verdict
  batch.keys[#batch.keys + 1] = seenKey
  batch.ids[id] = true
  return verdict
end

local function forward(message)
  local id, repeatKey = message[1], message[2]
  local seenKey = repeatKey ~= '' and shard .. 'seen:' .. id .. ':' .. repeatKey or nil
  local before = seenKey and redis.call('GET', seenKey)
  if before == underWay then
    return { 'under way' }
  elseif before then
    return { 'repeated', tonumber(before) }
  end
  local held = redis.call('HMGET', shard .. 'device:' .. id, 'node', 'session', 'behind', 'seq')
  local holder, session, behind, seq = held[1], held[2], held[3], tonumber(held[4]) or 0
  if not holder then
    return { 'absent' }
  end
  if behind then
    return { 'behind' }
  end
  if seenKey then
    redis.call('SET', seenKey, underWay, 'PX', keptMs)
  end
  if holder == node then
    return { 'local', session, seq }
  end
  return publishLater(holder, session, seq, message, seenKey)
end

local function publish(holder, batch)
  if redis.call('SPUBLISH', shard .. 'to:' .. holder, table.concat(batch.records)) > 0 then
    return
  end
  for _, verdict in ipairs(batch.verdicts) do
    verdict[1] = 'absent'
  end
  for _, key in ipairs(batch.keys) do
    redis.call('DEL', key)
  end
  for id in pairs(batch.ids) do
    release(id, holder)
  end
end

local verdicts = {}
for i, message in ipairs(messages) do
  verdicts[i] = forward(message)
  if message[4] > 0 and verdicts[i][1] ~= 'published' then
    redis.call('DEL', frameKey(message[3]))
  end
end
for holder, batch in pairs(remote) do
  publish(holder, batch)
end
return cmsgpack.pack(verdicts)
