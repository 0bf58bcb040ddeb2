#!lua flags=allow-oom
-- Forwards live-only messages, which are never queued, to the nodes that hold their recipients.
-- Guarantee: a message id of one sender is written to a recipient once, and nothing is written after the deadline.
-- Returns MessagePack [verdict...], one a message:
--   {'local', session, seq}   the calling node holds the recipient, whose queue has got to seq, and delivers it itself
--   {'published'}             its node was notified, and answers the calling node what became of it (message_answer)
--   {'behind'}                the socket of its connection is backed up
--   {'absent'}                no connection holds it
--   {'listed'}                the recipient takes messages from listed contacts only: try again with the tag
--   {'repeated', expiresAt}   delivered or accepted before, nothing was done now; expiresAt is 0 for what was not stored
--   {'under way'}             the same id is being forwarded for another caller

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
-- Bytes are given for a large envelope: it lies under or:{s}:live:NODE.NUMBER already. A kind is 'pairing', 'answer' or
-- 'message'. A tag names the sender among the recipient's contacts: 16 bytes, or '' as long as nobody knows that it needs one.
local messages = cmsgpack.unpack(ARGV[1]) -- [[recipient, repeat key or '', number, bytes or 0, envelope without its times, kind, tag]...]
local node = ARGV[2] -- [id] of the calling node
local graceMs = tonumber(ARGV[3]) -- [ms] how long beyond the deadline an unanswered message is remembered
local publishedBytes = tonumber(ARGV[4]) -- [bytes] of envelopes published to one node in one call; the rest wait under keys
local underWay = '-1' -- what the note of an id says until message_answer replaces it
local strangersMs, mostOfStrangers = 60000, 5 -- [ms] [count] what passes of a kind to a listed recipient, of all unlisted
local array10 = '\154' -- MessagePack's head of a notice with ten fields (src/inbox/inbox.ts)

local keptMs = deadline - now + graceMs
local remote = {} -- by node: what to publish there, and what depends on it

local function batchFor(holder)
  local batch = remote[holder] or { records = {}, verdicts = {}, keys = {}, ids = {}, bytes = 0 }
  remote[holder] = batch
  return batch
end

local function frameKey(number)
  return shard .. 'live:' .. node .. '.' .. number
end

-- All that is published to a node shares one small buffer of Redis's: a large envelope waits under a key instead.
local function recordOf(head, batch, number, left, body)
  local name = node .. '.' .. number
  if left > 0 then
    batch.keys[#batch.keys + 1] = frameKey(number)
    return head .. cmsgpack.pack(name, left)
  end
  local envelope = envelopeOf(now, now, body)
  local size = #envelope
  if batch.bytes + size <= publishedBytes then
    batch.bytes = batch.bytes + size
    return withEnvelope(head, envelope) .. cmsgpack.pack(size)
  end
  redis.call('SET', frameKey(number), envelope, 'PX', keptMs)
  batch.keys[#batch.keys + 1] = frameKey(number)
  return head .. cmsgpack.pack(name, size)
end

local function publishLater(holder, session, seq, message, seenKey)
  local id, repeatKey, number = message[1], message[2], message[3]
  local batch, verdict = batchFor(holder), { 'published' }
  local head = array10 .. cmsgpack.pack('live', id, session, node, number, deadline, seq, repeatKey)
  batch.records[#batch.records + 1] = recordOf(head, batch, number, message[4], message[5])
  batch.verdicts[#batch.verdicts + 1] = verdict
  batch.keys[#batch.keys + 1] = seenKey
  batch.ids[id] = true
  return verdict
end

-- A recipient that takes messages from listed contacts only gets a few a minute of the others, so that it can be paired.
local function passesFor(id, kind, tag)
  if isListed(shard, id, tag) then
    return true
  elseif kind == 'message' then
    return false
  end
  local key = shard .. 'pairings:' .. id
  local passed = redis.call('HINCRBY', key, kind, 1)
  redis.call('PEXPIRE', key, strangersMs, 'NX')
  return passed <= mostOfStrangers
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
  local held = redis.call('HMGET', shard .. 'device:' .. id, 'node', 'session', 'behind', 'seq', 'special')
  local holder, session, behind, seq = held[1], held[2], held[3], tonumber(held[4]) or 0
  if not holder then
    return { 'absent' }
  end
  if held[5] and string.find(held[5], 'l', 1, true) then
    if message[7] == '' then
      return { 'listed' }
    elseif not passesFor(id, message[6], message[7]) then
      return { 'absent' }
    end
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
  -- Nobody listens on its channel: the node is dead, and its devices are held by nobody.
  if notify(shard, holder, table.concat(batch.records)) > 0 then
    return
  end
  for _, verdict in ipairs(batch.verdicts) do
    verdict[1] = 'absent'
  end
  for _, key in ipairs(batch.keys) do
    redis.call('DEL', key)
  end
  for id in pairs(batch.ids) do
    release(shard, id, holder, tonumber(redis.call('HGET', shard .. 'device:' .. id, 'bytes')) or 0)
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
