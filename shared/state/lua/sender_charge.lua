#!lua flags=allow-oom
-- Charges requests and points to the current windows of their senders, in order. What a sender has used is one counter: its
-- requests times 2^32, and its points.
-- Guarantee: a sender never gets more than its limits in one window, across all nodes and reconnects. A refused charge costs
-- nothing.
-- Returns MessagePack [verdict...], one a charge: 0 it passed, n > 0 the requests are used up, n < 0 the points are;
-- |n| is the time in ms until the window ends.

local lane = KEYS[1] -- [prefix] of the lane's first shard; every other key is one of a shard of the lane
local charges = cmsgpack.unpack(ARGV[1]) -- [shard, device, points, shard, ...]
local maxRequests = tonumber(ARGV[2]) -- [count] a window, 0 = no limit
local maxPoints = tonumber(ARGV[3]) -- [points] a window, 0 = no limit
local limitWindowMs = tonumber(ARGV[4]) -- [ms] from a window's first request
local request = 2 ^ 32

-- The charge made the counter go beyond a limit. Returns a verdict.
local function takeBack(key, charge, isOverRequests)
  local leftMs = redis.call('PTTL', key)
  -- Longer than a window lasts: Redis's clock was set back since this window began.
  if leftMs < 0 or leftMs > limitWindowMs then
    redis.call('SET', key, string.format('%.0f', charge), 'PX', limitWindowMs)
    return 0
  end
  if redis.call('DECRBY', key, charge) == 0 then
    redis.call('DEL', key)
  end
  return (isOverRequests and 1 or -1) * math.max(1, leftMs)
end

local verdicts = {}
local texts = {} -- by points: what a charge adds to the counter
for first = 1, #charges, 3 do
  local key, charge = 'or:{' .. charges[first] .. '}:used:' .. charges[first + 1], request + charges[first + 2]
  local text = texts[charge] or string.format('%.0f', charge)
  texts[charge] = text
  local used = redis.call('INCRBY', key, text)
  local isOverRequests = maxRequests > 0 and used >= request * (maxRequests + 1)
  local verdict = 0
  if used == charge then
    redis.call('PEXPIRE', key, limitWindowMs)
  end
  if isOverRequests or maxPoints > 0 and used % request > maxPoints then
    verdict = takeBack(key, charge, isOverRequests)
  end
  verdicts[#verdicts + 1] = verdict
end
return cmsgpack.pack(verdicts)
