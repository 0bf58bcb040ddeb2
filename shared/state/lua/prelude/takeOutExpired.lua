-- Takes expired messages ({seq, envelope} each) out of a mailbox and counts them. `leaving` collects those ids that must be remembered:
-- the messages were accepted less than two minutes ago. To write the books is left to the caller.
local function takeOutExpired(shard, id, mailbox, depth, expired, leaving, ledgers)
  local names, bytes = {}, 0
  local isCounted = hasFlag(mailbox.flags, 'counted')
  for _, message in ipairs(expired) do
    local seq, envelope = message.seq, message.envelope
    local digest, acceptedAt = digestOf(envelope), acceptanceOf(envelope)
    if not digest or tonumber(redis.call('HGET', mailbox.key, digest)) ~= seq then
      digest = digestLyingAt(mailbox.key, seq)
    elseif acceptedAt > now - 120000 then
      local last = #leaving
      leaving[last + 1], leaving[last + 2] = digest, expiryOf(envelope)
    end
    names[#names + 1] = seq
    names[#names + 1] = digest
    bytes = bytes + #envelope
    if isCounted then
      removeShare(shard, id, envelope)
    end
  end
  redis.call('HDEL', mailbox.key, unpack(names))
  local left = #expired < depth and math.max(0, mailbox.bytes - bytes) or 0
  countIn(ledgers, shard, 'expired', #expired)
  countIn(ledgers, shard, 'bytes', left - mailbox.bytes)
  mailbox.bytes = left
end
