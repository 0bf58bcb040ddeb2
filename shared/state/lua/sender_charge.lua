#!lua flags=allow-oom
-- Charges requests and points to the current windows of their senders, in order.
-- Guarantee: a sender never gets more than its limits in one window, across all nodes and reconnects. A refused charge costs
-- nothing.
-- Returns MessagePack [verdict...], one a charge: 0 it passed, n > 0 the requests are used up, n < 0 the points are;
-- |n| is the time in ms until the window ends.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local charges = cmsgpack.unpack(ARGV[1]) -- [[device, points]...]
local maxRequests = tonumber(ARGV[2]) -- [count] a window, 0 = no limit
local maxPoints = tonumber(ARGV[3]) -- [points] a window, 0 = no limit
local windowMs = tonumber(ARGV[4]) -- [ms] from a window's first request

local windows = {}

local function openWindow(device)
  local key = shard .. 'limit:' .. device
  local used = redis.call('HMGET', key, 'requests', 'points')
  return { key = key, requests = tonumber(used[1]) or 0, points = tonumber(used[2]) or 0, fresh = not used[1] }
end

local function msLeft(window)
  if window.fresh then
    return windowMs
  end
  return math.max(1, redis.call('PTTL', window.key))
end

local function refusal(window, points)
  if maxRequests > 0 and window.requests >= maxRequests then
    return msLeft(window)
  elseif maxPoints > 0 and window.points + points > maxPoints then
    return -msLeft(window)
  end
  return 0
end

local verdicts = {}
for i, charge in ipairs(charges) do
  local device, points = charge[1], charge[2]
  local window = windows[device] or openWindow(device)
  windows[device] = window
  local verdict = refusal(window, points)
  -- Longer than a window lasts: Redis's clock was set back since this window began.
  if math.abs(verdict) > windowMs then
    window.requests, window.points, window.fresh = 0, 0, true
    verdict = refusal(window, points)
  end
  if verdict == 0 then
    window.requests = window.requests + 1
    window.points = window.points + points
    window.charged = true
  end
  verdicts[i] = verdict
end

for _, window in pairs(windows) do
  if window.charged then
    redis.call('HSET', window.key, 'requests', window.requests, 'points', window.points)
    if window.fresh then
      redis.call('PEXPIRE', window.key, windowMs)
    end
  end
end

return cmsgpack.pack(verdicts)
