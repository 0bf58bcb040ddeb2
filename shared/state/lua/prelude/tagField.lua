-- In which field of its owner's contacts a tag lies: they are packed into up to 16 strings by the first digit of their tags, which
-- takes a third of what a set of them would.
local function tagField(tag)
  return string.format('%x', math.floor(string.byte(tag) / 16))
end
