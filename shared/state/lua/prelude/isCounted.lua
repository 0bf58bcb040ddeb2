-- Whether the shares of a queue are counted, by the `special` of its device.
local function isCounted(special)
  return special and string.find(special, 'c', 1, true) ~= nil
end
