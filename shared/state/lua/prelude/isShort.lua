-- Whether Redis, at a level of pressure from 0 to 4, is too short of room for a message: strange recipients are refused first, then
-- those merely seen, then what is larger than 16 KiB.
local function isShort(pressure, standing, bytes)
  return pressure >= 4
    or pressure >= 3 and bytes > 16384
    or pressure >= 2 and standing ~= standings.known
    or pressure >= 1 and standing == standings.strange
end
