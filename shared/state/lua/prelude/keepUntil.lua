-- Sets when the device's hash expires, in ms of Redis's clock.
local function keepUntil(deviceKey, atMs)
  redis.call('HSET', deviceKey, 'until', atMs)
  redis.call('PEXPIREAT', deviceKey, atMs)
end
