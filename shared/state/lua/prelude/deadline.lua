-- The last argument is when the caller gives up, in ms of Redis's clock. After that the script does nothing.
local deadline = tonumber(ARGV[#ARGV])
if now > deadline then
  return redis.error_reply('LATE ' .. now)
end
