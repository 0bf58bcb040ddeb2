#!lua flags=allow-oom
-- Notes what became of live-only messages and answers the nodes that forwarded them.
-- Guarantee: a message that was written to a connection is remembered, so its repeats are recognised; one that was not may be
-- sent again.
-- Returns the number of nodes that got an answer.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local answers = cmsgpack.unpack(ARGV[1]) -- [[recipient, repeat key or '', outcome, node to answer or '', number]...]
local repeatWindowMs = tonumber(ARGV[2]) -- [ms] how long the ids of delivered messages are remembered
-- An outcome is 'handed' (written to the connection), 'behind' (its socket is backed up) or 'absent' (no connection).
-- What the note of an id says; anything else is the expiry of a message that was stored since.
local underWay, handedOver = '-1', 0

local function note(id, repeatKey, outcome)
  local key = shard .. 'seen:' .. id .. ':' .. repeatKey
  local noted = redis.call('GET', key)
  if outcome == 'handed' and (not noted or noted == underWay) then
    redis.call('SET', key, handedOver, 'PX', repeatWindowMs)
  elseif outcome ~= 'handed' and noted == underWay then
    redis.call('DEL', key)
  end
end

local notices = {} -- by node: its answers
for _, answer in ipairs(answers) do
  local id, repeatKey, outcome, asker, number = unpack(answer)
  if repeatKey ~= '' then
    note(id, repeatKey, outcome)
  end
  if asker ~= '' then
    notices[asker] = (notices[asker] or '') .. cmsgpack.pack({ 'answered', number, outcome })
  end
end

local listeners = 0
for asker, answered in pairs(notices) do
  listeners = listeners + notify(shard, asker, answered)
end
return listeners
