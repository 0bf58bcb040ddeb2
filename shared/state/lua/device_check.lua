#!lua flags=allow-oom
-- Tells connections whether they still hold their devices and how far the queues have got. It renews their leases, and what makes
-- the devices known, and gives back what mailboxes take that have run empty. It also repeats what Redis may have missed: that a
-- socket is backed up or writable again, or that the device said it is offline.
-- Guarantee: a connection that does not hold its device changes nothing.
-- Returns MessagePack [state...], one a connection: the last seq of the queue (0 or more), -1 when another connection holds
-- the device, -2 when nobody does.

local lane = KEYS[1] -- [prefix] of the lane; every key below is one of its shards'
local holders = cmsgpack.unpack(ARGV[1]) -- [[shard, device, session, 'backpressured' | 'writable' | 'offline' | '' (keeps it)]...]
local node = ARGV[2] -- [id] of the calling node
local leaseMs = tonumber(ARGV[3]) -- [ms] how long a registration lives without a check

local shards = {}

local function check(number, id, session, mark)
  local shard = prefixOf(number)
  shards[shard] = true
  local mailbox = readMailbox(shard .. 'box:' .. id)
  if mailbox.session == '' or mailbox.node == '' and mark ~= 'offline' then
    return -2
  end
  if mailbox.session ~= session then
    return -1
  end
  local flags, keptUntil = mailbox.flags, mailbox.keptUntil
  if mark == 'offline' and mailbox.node ~= '' then
    suspend(shard, id, mailbox)
  elseif mark == 'backpressured' or mark == 'writable' then
    setFlag(mailbox, 'backpressured', mark == 'backpressured')
  end
  -- Edges check at half time for this, and by a clock of their own.
  if keptUntil < now + leaseMs * 3 / 4 then
    keepUntil(mailbox, now + leaseMs)
    keepKnown(shard, id)
  end
  -- Messages have lain in it since it was last written anew, and there is nothing but its holder and its books now.
  if mailbox.head <= mailbox.seq and redis.call('HLEN', mailbox.key) == 2 then
    writeEmpty(shard, id, mailbox, leaseMs)
  elseif mailbox.flags ~= flags or mailbox.keptUntil ~= keptUntil then
    writeMailbox(mailbox)
  end
  return mailbox.seq
end

local states = {}
for i, holder in ipairs(holders) do
  states[i] = check(unpack(holder))
end
for shard in pairs(shards) do
  redis.call('PEXPIRE', shard .. 'node:' .. node, leaseMs)
end
return cmsgpack.pack(states)
