-- How long a claim lives from its last use, and its contacts with it: 400 days.
local claimSeconds = 34560000
