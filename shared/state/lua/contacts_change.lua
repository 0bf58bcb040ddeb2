#!lua
-- Changes whom claimed devices take messages from.
-- Guarantee: only the connection that holds a claimed device changes its contacts, and a change is made whole or not at all.
-- Returns MessagePack [answer...], one a change:
--   {'changed', 'anyone' | 'listed', tags}  how it is now
--   {'many', tags}                          it would have more tags than it may; so many are there now
--   {'unclaimed'}                           the device is not claimed
--   {'gone'}                                the connection does not hold the device
--   {'grown', ms}                           the lists of the shard grew by as much as they may in an hour; ms until they may again
--   {'short'}                               Redis has no room for more tags

local lane = KEYS[1] -- [prefix] of the lane; every key below is one of its shards'
-- Tags are 16 raw bytes each, and each is in one of the lists, once; `replaces` says that `add` takes the place of all there were.
local changes = cmsgpack.unpack(ARGV[1]) -- [[shard, device, session, 'anyone' | 'listed' | '' (keeps it), [tag added...], [tag removed...], replaces (1 or 0)]...]
local maxTags = tonumber(ARGV[2]) -- [count] a device, and the most in one list
local pressure = tonumber(ARGV[3]) -- [level] 0 to 4: how short of room Redis is
local maxGrowth = tonumber(ARGV[4]) -- [count] tags by which all lists of the shard may grow in a window, 0 = as they like
local windowMs = 3600000 -- [ms] from the first growth on
local smallTags = 64 -- [count] tags of a list that are not counted: few devices have more

local function countListed(key)
  local bytes = #contactField(key, '0')
  for digit = 1, 15 do
    bytes = bytes + redis.call('HSTRLEN', key, string.format('%x', digit))
  end
  return bytes / 16
end

-- Reads the fields that the change concerns. Returns their tags as they are to be, by field, and how many more that makes.
local function changedFields(key, added, removed, replaces)
  local fields, more = {}, 0
  local function fieldOf(tag)
    local name = tagField(tag)
    if not fields[name] then
      local packed = replaces == 0 and contactField(key, name) or ''
      fields[name] = {}
      for at = 1, #packed, 16 do
        fields[name][string.sub(packed, at, at + 15)] = true
      end
    end
    return fields[name]
  end
  for _, tag in ipairs(removed) do
    local field = fieldOf(tag)
    more = more - (field[tag] and 1 or 0)
    field[tag] = nil
  end
  for _, tag in ipairs(added) do
    local field = fieldOf(tag)
    more = more + (field[tag] and 0 or 1)
    field[tag] = true
  end
  return fields, more
end

local function writeFields(key, fields)
  for name, tags in pairs(fields) do
    local packed = {}
    for tag in pairs(tags) do
      packed[#packed + 1] = tag
    end
    if #packed > 0 then
      redis.call('HSET', key, name, table.concat(packed))
    else
      redis.call('HDEL', key, name)
    end
  end
end

-- Notes that the lists of the shard grow, or shrink. Returns the time in ms until they may grow so much, or nil when they may now.
local function grow(shard, tags)
  if maxGrowth == 0 or tags == 0 then
    return nil
  end
  local key = shard .. 'growth'
  local leftMs = redis.call('PTTL', key)
  -- It has more than its time left when Redis's clock was set back since it began.
  if leftMs <= 0 or leftMs > windowMs then
    redis.call('SET', key, 0, 'PX', windowMs)
  elseif tags > 0 and redis.call('GET', key) + tags > maxGrowth then
    return leftMs
  end
  redis.call('INCRBY', key, tags)
  return nil
end

local function setAccept(shard, id, mailbox, accept)
  redis.call('HSET', shard .. 'claim:' .. id, 'accept', accept)
  setFlag(mailbox, 'listed', accept == 'listed')
  redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
end

local function change(number, id, session, accept, added, removed, replaces)
  local shard = prefixOf(number)
  local mailbox = readMailbox(shard .. 'box:' .. id)
  if mailbox.session ~= session then
    return { 'gone' }
  end
  local claim = redis.call('HMGET', shard .. 'claim:' .. id, 'key', 'accept')
  if not claim[1] then
    return { 'unclaimed' }
  end
  local key = shard .. 'contacts:' .. id
  local listed = countListed(key)
  if #added > maxTags or #removed > maxTags then
    return { 'many', listed }
  end
  local fields, more = changedFields(key, added, removed, replaces)
  local after = (replaces == 0 and listed or 0) + more
  if after > maxTags then
    return { 'many', listed }
  elseif after > listed and pressure > 0 then
    return { 'short' }
  end
  local waitMs = grow(shard, math.max(after, smallTags) - math.max(listed, smallTags))
  if waitMs then
    return { 'grown', waitMs }
  end

  if replaces == 1 then
    redis.call('DEL', key)
  end
  writeFields(key, fields)
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
