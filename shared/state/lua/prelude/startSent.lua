-- Begins to count what is published to a node: at Redis's time in microseconds, so that numbers never go on from where an earlier
-- counter ended. Nodes see by it that Redis has lost its data, or that its clock was set forward: no lease ends before the counter.
local function startSent(sentKey)
  local time = redis.call('TIME')
  local number = time[1] * 1000000 + time[2]
  redis.call('SET', sentKey, string.format('%.0f', number), 'PX', sentMs)
  return number
end
