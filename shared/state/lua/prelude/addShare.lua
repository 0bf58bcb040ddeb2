-- Adds to what one sender has in a queue whose shares are counted.
local function addShare(shard, id, sender, messages, bytes)
  local hasMessages, hasBytes = shareOf(shard, id, sender)
  messages, bytes = hasMessages + messages, math.max(0, hasBytes + bytes)
  if messages > 0 then
    redis.call('HSET', shard .. 'shares:' .. id, sender, string.format('%.0f:%.0f', messages, bytes))
  else
    redis.call('HDEL', shard .. 'shares:' .. id, sender)
  end
end
