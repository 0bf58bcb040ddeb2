#!lua flags=allow-oom
-- Takes acknowledged messages out of their queues.
-- Guarantee: each message counts as acked once, and only a connection that holds the device can acknowledge.
-- Returns MessagePack [state...], one an ack: 1 taken out, 0 the queue has no message of this number, -1 not the holder.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local acks = cmsgpack.unpack(ARGV[1]) -- [[device, session, seq, envelope bytes, repeat key or '']...]
local repeatWindowMs = ARGV[2] -- [ms] how long the ids of acknowledged messages are remembered

local devices = {}

local function load(id)
  local key = shard .. 'device:' .. id
  local held = redis.call('HMGET', key, 'session', 'bytes', 'special')
  local bytes = tonumber(held[2]) or 0
  local device =
    { id = id, key = key, queueKey = shard .. 'queue:' .. id, session = held[1], bytes = bytes, booked = bytes }
  device.isCounted = isCounted(held[3])
  devices[id] = device
  return device
end

local acked = 0
local function acknowledge(device, ack)
  if device.session ~= ack[2] then
    return -1
  end
  -- Until now the id was remembered until its message would have expired, which may be days from now.
  if ack[5] ~= '' then
    redis.call('PEXPIRE', shard .. 'seen:' .. ack[1] .. ':' .. ack[5], repeatWindowMs, 'LT')
  end
  local envelope = device.isCounted and redis.call('ZRANGE', device.queueKey, ack[3], ack[3], 'BYSCORE')[1]
  if redis.call('ZREMRANGEBYSCORE', device.queueKey, ack[3], ack[3]) == 0 then
    return 0
  end
  if envelope then
    removeShare(shard, device.id, envelope)
  end
  acked = acked + 1
  device.bytes = math.max(0, device.bytes - ack[4])
  device.changed = true
  return 1
end

local states = {}
for i, ack in ipairs(acks) do
  states[i] = acknowledge(devices[ack[1]] or load(ack[1]), ack)
end

local bytesGained = 0
for _, device in pairs(devices) do
  if device.changed then
    bytesGained = bytesGained + device.bytes - device.booked
    redis.call('HSET', device.key, 'bytes', device.bytes)
  end
end
count(shard, 'acked', acked)
count(shard, 'bytes', bytesGained)
return cmsgpack.pack(states)
