-- Writes a device's mailbox as it has become since it was read. Its messages and its lifetime are left as they are.
local function writeMailbox(mailbox)
  redis.call('HSET', mailbox.key, 'd', packHolder(mailbox), 'b', packBooks(mailbox))
end
