-- Counts what each sender has in a queue, by a walk through it and through what is about to be added ({seq, envelope, ...}).
-- A queue is counted once until it has run empty (`c` in the `special` of its device), so no message is walked over twice.
local function countShares(shard, id, added)
  local key, queueKey = shard .. 'shares:' .. id, shard .. 'queue:' .. id
  local messages, bytes = {}, {}
  local function note(envelope)
    local sender = senderOf(envelope)
    if sender then
      messages[sender] = (messages[sender] or 0) + 1
      bytes[sender] = (bytes[sender] or 0) + #envelope
    end
  end
  local depth, pageSize = redis.call('ZCARD', queueKey), 16
  for first = 0, depth - 1, pageSize do
    for _, envelope in ipairs(redis.call('ZRANGE', queueKey, first, first + pageSize - 1)) do
      note(envelope)
    end
  end
  for i = 2, #added, 2 do
    note(added[i])
  end
  redis.call('DEL', key)
  for sender, count in pairs(messages) do
    redis.call('HSET', key, sender, string.format('%.0f:%.0f', count, bytes[sender]))
  end
end
