-- How long an id is seen after its last registration: a day.
local seenMs = 86400000
