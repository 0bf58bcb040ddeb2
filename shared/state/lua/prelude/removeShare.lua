-- A message has left a queue whose shares are counted.
local function removeShare(shard, id, envelope)
  local sender = senderOf(envelope)
  if sender then
    addShare(shard, id, sender, -1, -#envelope)
  end
end
