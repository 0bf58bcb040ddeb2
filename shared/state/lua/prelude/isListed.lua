-- Whether a tag, 16 bytes, is among the contacts of a device. What is found between two tags is none. A device is its own contact:
-- edges say 'itself' then.
local function isListed(shard, id, tag)
  if tag == 'itself' then
    return true
  end
  local tags = contactField(shard .. 'contacts:' .. id, tagField(tag))
  local at = string.find(tags, tag, 1, true)
  while at and at % 16 ~= 1 do
    at = string.find(tags, tag, at + 1, true)
  end
  return at ~= nil
end
