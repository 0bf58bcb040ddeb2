-- How many messages a mailbox holds: each is two fields, beside its holder and its books.
local function depthOf(key)
  return math.max(0, math.floor((redis.call('HLEN', key) - 2) / 2))
end
