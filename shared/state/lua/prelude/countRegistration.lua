-- A registration has ended. One that is younger than a minute counts against those that its device may have in a minute; one that
-- lasts longer need not be counted, as the mailbox tells of it.
local function countRegistration(shard, id, since)
  local leftMs = since + registrationWindowMs - now
  if since == 0 or leftMs <= 0 or leftMs > 2 * registrationWindowMs then
    return
  end
  local key = shard .. 'registrations:' .. id
  if redis.call('INCR', key) == 1 then
    redis.call('PEXPIRE', key, math.min(leftMs, registrationWindowMs))
  end
end
