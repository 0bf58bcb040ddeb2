-- Ends a registration: nobody holds the device any more. It is forgotten unless its mailbox, whose depth is given, holds messages.
-- The seconds are those that it was connected and nobody was told of; none for 0.
local function release(shard, id, mailbox, depth, seconds)
  if mailbox.node ~= '' then
    redis.call('SREM', shard .. 'node:' .. mailbox.node, mailbox.member or memberOf(id))
  end
  countRegistration(shard, id, mailbox.since)
  leave(shard, id, mailbox, seconds or 0)
  if depth == 0 then
    redis.call('DEL', mailbox.key)
    redis.call('ZREM', shard .. 'expiry', id)
    return
  end
  mailbox.since, mailbox.node, mailbox.session = 0, '', ''
  setFlag(mailbox, 'backpressured', false)
  setFlag(mailbox, 'offline', false)
  redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
end
