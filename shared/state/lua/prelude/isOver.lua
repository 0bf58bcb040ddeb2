-- Whether a message has expired and its id need not be known any more: nobody has swept it out yet. A damaged one is over, too.
local function isOver(envelope)
  return (expiryOf(envelope) or 0) <= now and acceptanceOf(envelope) <= now - 120000
end
