-- Sets when a mailbox expires, in ms of Redis's clock. To write its books is left to the caller.
local function keepUntil(mailbox, atMs)
  mailbox.keptUntil = atMs
  redis.call('PEXPIREAT', mailbox.key, atMs)
end
