#!lua flags=allow-oom,no-writes
-- Tells whether a device is registered and how much waits for it.
-- Guarantee: reads only, and nothing of the content of messages.
-- Returns {'yes' | 'offline' | 'no', queued messages, their bytes, acceptance of the oldest in ms or 0}; 'offline': it is
-- connected and wants no messages.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local id = ARGV[1] -- [id] of the device
local acceptancePosition = 12 -- the byte of an envelope where its acceptance begins (src/messages/envelope.ts)

local mailbox = readMailbox(shard .. 'box:' .. id)
local registered = mailbox.session ~= '' and (mailbox.node ~= '' and 'yes' or 'offline') or 'no'
local depth = depthOf(mailbox.key)
if depth == 0 then
  return { registered, 0, 0, 0 }
end
local _, oldest = nextMessage(walkAfter(mailbox, depth, 0))
local acceptedAt = oldest and #oldest >= 19 and struct.unpack('>I8', oldest, acceptancePosition) or 0
return { registered, depth, mailbox.bytes, acceptedAt }
