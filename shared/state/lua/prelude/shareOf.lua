-- What one sender has in a queue whose shares are counted. Returns messages and bytes.
local function shareOf(shard, id, sender)
  local share = redis.call('HGET', shard .. 'shares:' .. id, sender) or '0:0'
  local messages, bytes = string.match(share, '^(%d+):(%d+)$')
  return tonumber(messages) or 0, tonumber(bytes) or 0
end
