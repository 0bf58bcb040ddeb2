-- Writes the mailbox of a device that is held and has no message, as a registration does; only its numbers go on. It is written
-- anew, since a hash in which many messages or a large one have lain stays a table, of up to three times the memory.
local function writeEmpty(shard, id, mailbox, leaseMs)
  redis.call('ZREM', shard .. 'expiry', id)
  mailbox.bytes, mailbox.earliest, mailbox.head, mailbox.swept = 0, 0, mailbox.seq + 1, nil
  redis.call('DEL', mailbox.key)
  mailbox.keptUntil = now + leaseMs
  writeMailbox(mailbox)
  redis.call('PEXPIREAT', mailbox.key, mailbox.keptUntil)
end
