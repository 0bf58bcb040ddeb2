-- How well the relay knows an id, as the mailbox says it.
local standings = { strange = 0, seen = 1, known = 2 }
