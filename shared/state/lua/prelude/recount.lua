-- What the books of a mailbox would say, from the messages that lie there and from when its key expires. Returns seq, bytes, until,
-- earliest and head.
local function recount(key)
  local seq, bytes, head = 0, 0, nil
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local number = string.match(field, '^%d+$') and #field < 16 and tonumber(field)
    if number then
      seq, head = math.max(seq, number), math.min(head or number, number)
      bytes = bytes + redis.call('HSTRLEN', key, field)
    end
  end
  return seq, bytes, now + math.max(0, redis.call('PTTL', key)), 0, head or seq + 1
end
