-- Ends a registration: nobody holds the device any more. It is forgotten unless messages wait for it. The seconds are those that
-- it was connected and nobody was told of.
local function release(shard, id, mailbox, seconds)
  if mailbox.node ~= '' then
    redis.call('SREM', shard .. 'node:' .. mailbox.node, id)
  end
  countRegistration(shard, id, mailbox.since)
  leave(shard, id, mailbox, seconds)
  if depthOf(mailbox.key) == 0 then
    redis.call('DEL', mailbox.key)
    if mailbox.earliest > 0 then
      redis.call('ZREM', shard .. 'expiry', id)
    end
    return
  end
  mailbox.since, mailbox.node, mailbox.session = 0, '', ''
  setFlag(mailbox, 'backpressured', false)
  setFlag(mailbox, 'offline', false)
  redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
end
