-- The tags in a field of a device's contacts, packed: 16 bytes each. The set that a version of layout 1 kept is packed first.
local function contactField(key, name)
  local tags = redis.pcall('HGET', key, name)
  if type(tags) ~= 'table' then
    return tags or ''
  end
  local fields = {}
  for _, tag in ipairs(redis.call('SMEMBERS', key)) do
    fields[tagField(tag)] = (fields[tagField(tag)] or '') .. tag
  end
  redis.call('DEL', key)
  for field, packed in pairs(fields) do
    redis.call('HSET', key, field, packed)
  end
  redis.call('EXPIRE', key, claimSeconds)
  return fields[name] or ''
end
