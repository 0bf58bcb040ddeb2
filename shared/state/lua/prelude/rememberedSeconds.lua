-- How long it is remembered that a device was here: 30 days.
local rememberedSeconds = 2592000
