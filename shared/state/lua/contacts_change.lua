#!lua
-- Changes whom claimed devices take messages from.
-- Guarantee: only the connection that holds a claimed device changes its contacts, and a change is made whole or not at all.
-- Returns MessagePack [answer...], one a change:
--   {'changed', 'anyone' | 'listed', tags}  how it is now
--   {'many', tags}                          it would have more tags than it may; so many are there now
--   {'unclaimed'}                           the device is not claimed
--   {'gone'}                                the connection does not hold the device
--   {'short'}                               Redis has no room for more tags

local lane = KEYS[1] -- [prefix] of the lane; every key below is one of its shards'
-- Tags are 16 raw bytes each, and each is in one of the lists, once; `replaces` says that `add` takes the place of all there were.
local changes = cmsgpack.unpack(ARGV[1]) -- [[shard, device, session, 'anyone' | 'listed' | '' (keeps it), [tag added...], [tag removed...], replaces (1 or 0)]...]
local maxTags = tonumber(ARGV[2]) -- [count] a device, and the most in one list
local pressure = tonumber(ARGV[3]) -- [level] 0 to 4: how short of room Redis is

local function present(key, tags)
  local found = 0
  if #tags > 0 then
    for _, isThere in ipairs(redis.call('SMISMEMBER', key, unpack(tags))) do
      found = found + isThere
    end
  end
  return found
end

local function setAccept(shard, id, mailbox, accept)
  redis.call('HSET', shard .. 'claim:' .. id, 'accept', accept)
  setFlag(mailbox, 'listed', accept == 'listed')
  redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
end

local function change(number, id, session, accept, added, removed, replaces)
  local shard = prefixOf(number)
  local mailbox = readMailbox(shard .. 'mailbox:' .. id)
  if mailbox.session ~= session then
    return { 'gone' }
  end
  local claim = redis.call('HMGET', shard .. 'claim:' .. id, 'key', 'accept')
  if not claim[1] then
    return { 'unclaimed' }
  end
  local key = shard .. 'contacts:' .. id
  local listed = redis.call('SCARD', key)
  if #added > maxTags or #removed > maxTags then
    return { 'many', listed }
  end
  local after = #added
  if replaces == 0 then
    after = listed - present(key, removed) + #added - present(key, added)
  end
  if after > maxTags then
    return { 'many', listed }
  elseif after > listed and pressure > 0 then
    return { 'short' }
  end

  if replaces == 1 then
    redis.call('DEL', key)
  elseif #removed > 0 then
    redis.call('SREM', key, unpack(removed))
  end
  if #added > 0 then
    redis.call('SADD', key, unpack(added))
  end
  redis.call('EXPIRE', key, claimSeconds)
  if accept ~= '' then
    setAccept(shard, id, mailbox, accept)
  end
  return { 'changed', accept ~= '' and accept or claim[2] or 'anyone', after }
end

local answers = {}
for i, each in ipairs(changes) do
  answers[i] = change(unpack(each))
end
return cmsgpack.pack(answers)
