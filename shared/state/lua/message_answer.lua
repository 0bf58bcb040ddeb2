#!lua flags=allow-oom
-- Notes what became of live-only messages and answers the nodes that forwarded them.
-- Guarantee: a message that was written to a connection is remembered, so its repeats are recognised; one that was not may be
-- sent again.
-- Returns the number of nodes that got an answer.

local lane = KEYS[1] -- [prefix] of the lane: or:{s}: of its first shard
local answers = cmsgpack.unpack(ARGV[1]) -- [[digest or '', outcome, node to answer or '', number]...]
-- An outcome is 'handed' (written to the connection), 'behind' (its socket is backed up) or 'absent' (no connection).
local handedOver = 0

local digests, texts = {}, {} -- texts by digest: what is remembered of it, or false
for _, answer in ipairs(answers) do
  if answer[1] ~= '' then
    digests[#digests + 1] = answer[1]
  end
end
if #digests > 0 then
  for i, text in ipairs(remembered(lane, digests)) do
    texts[digests[i]] = text
  end
end

local notes, forgotten = {}, {}

local function note(digest, outcome)
  local text = texts[digest]
  local isUnderWay = text and text < 0
  if outcome == 'handed' and (not text or isUnderWay) then
    texts[digest] = handedOver
    notes[#notes + 1], notes[#notes + 2] = digest, handedOver
  elseif outcome ~= 'handed' and isUnderWay then
    texts[digest] = false
    forgotten[#forgotten + 1] = digest
  end
end

local notices = {} -- by node: its answers
for _, answer in ipairs(answers) do
  local digest, outcome, asker, number = unpack(answer)
  if digest ~= '' then
    note(digest, outcome)
  end
  if asker ~= '' then
    local answered = notices[asker] or { '' }
    answered[#answered + 1] = cmsgpack.pack({ 'answered', number, outcome })
    notices[asker] = answered
  end
end
if #forgotten > 0 then
  redis.call('HDEL', bucketOf(lane, now), unpack(forgotten))
  redis.call('HDEL', bucketOf(lane, now - 120000), unpack(forgotten))
  redis.call('HDEL', bucketOf(lane, now + 120000), unpack(forgotten))
end
if #notes > 0 then
  remember(lane, notes)
end

local listeners = 0
for asker, answered in pairs(notices) do
  listeners = listeners + notify(lane, asker, answered)
end
return listeners
