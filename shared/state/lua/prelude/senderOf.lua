-- The sender of an envelope: the text after its two times (src/messages/envelope.ts). Returns nil for a damaged envelope.
local function senderOf(envelope)
  local head, length = string.byte(envelope, 20, 21)
  if head ~= 217 or #envelope < 21 + length then
    return nil
  end
  return string.sub(envelope, 22, 21 + length)
end
