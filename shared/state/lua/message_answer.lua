#!lua flags=allow-oom
-- Notes what became of messages that are never stored, and tells the nodes that asked: what was handed over is
-- remembered, what was not may be sent again.
-- Returns the number of nodes that heard an answer.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local answers = cmsgpack.unpack(ARGV[1]) -- [[recipient, repeat key or '', 'handed' | 'behind' | 'absent', node to tell or '', number]...]
local repeatWindowMs = tonumber(ARGV[2]) -- [ms] how long ids that were handed over are remembered
local underWay, handedOver = '-1', 0 -- notes of ids; any other is that of a message that was stored since
local array3 = '\147' -- head in MessagePack, of a notice (src/inbox.ts)

local function note(id, repeatKey, outcome)
  local key = shard .. 'seen:' .. id .. ':' .. repeatKey
  local noted = redis.call('GET', key)
  if outcome == 'handed' and (not noted or noted == underWay) then
    redis.call('SET', key, handedOver, 'PX', repeatWindowMs)
  elseif outcome ~= 'handed' and noted == underWay then
    redis.call('DEL', key)
  end
end

local told = {} -- by node: its answers
for _, answer in ipairs(answers) do
  local id, repeatKey, outcome, asker, number = unpack(answer)
  if repeatKey ~= '' then
    note(id, repeatKey, outcome)
  end
  if asker ~= '' then
    told[asker] = (told[asker] or '') .. array3 .. cmsgpack.pack('answered', number, outcome)
  end
end

local heard = 0
for asker, records in pairs(told) do
  heard = heard + redis.call('SPUBLISH', shard .. 'to:' .. asker, records)
end
return heard
