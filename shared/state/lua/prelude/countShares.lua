-- Counts what each sender has in a mailbox, by a walk through it and through what is about to be added ({seq, envelope, digest, seq,
-- ...}). A mailbox is counted once until it has run empty (its flag `counted`), so no message is walked over twice.
local function countShares(shard, id, mailbox, depth, added)
  local key = shard .. 'shares:' .. id
  local messages, bytes = {}, {}
  local function note(envelope)
    local sender = senderOf(envelope)
    if sender then
      messages[sender] = (messages[sender] or 0) + 1
      bytes[sender] = (bytes[sender] or 0) + #envelope
    end
  end
  local walk = walkAfter(mailbox, depth, 0)
  for _, envelope in nextMessage, walk do
    note(envelope)
  end
  for i = 2, #added, 4 do
    note(added[i])
  end
  redis.call('DEL', key)
  for sender, number in pairs(messages) do
    redis.call('HSET', key, sender, string.format('%.0f:%.0f', number, bytes[sender]))
  end
end
