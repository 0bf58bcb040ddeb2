-- The key of the ids that left their mailboxes in the two minutes of `at`, in ms (KEYS.md, `ids`).
local function bucketOf(lane, at)
  return lane .. 'ids:' .. math.floor(at / 120000)
end
