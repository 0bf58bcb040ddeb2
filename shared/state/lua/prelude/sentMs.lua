-- How long it is counted what was published to a node whose probes stay away: 10 min, less than what a lease has left at the least.
local sentMs = 600000
