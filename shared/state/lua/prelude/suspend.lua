-- The device has said that it is offline: its connection keeps it and may acknowledge, but nothing is delivered. It is in no
-- node's set from now on, so when it was seen is noted at once. To write the mailbox is left to the caller.
local function suspend(shard, id, mailbox)
  redis.call('SREM', shard .. 'node:' .. mailbox.node, mailbox.member or memberOf(id))
  leave(shard, id, mailbox, 0)
  mailbox.node = ''
  setFlag(mailbox, 'backpressured', false)
  setFlag(mailbox, 'offline', true)
end
