-- The digest of a message whose envelope is damaged, by a look through the mailbox. Returns nil when there is none.
local function digestLyingAt(key, seq)
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if #field == 16 and tonumber(redis.call('HGET', key, field)) == seq then
      return field
    end
  end
end
