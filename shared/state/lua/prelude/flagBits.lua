-- What is special about a device, as its mailbox says it: it takes messages from listed contacts only; it hides its presence; the
-- shares of its queue are counted; its socket is backpressured; it said that it is offline, and its session holds it all the same.
local flagBits = { listed = 1, hidden = 2, counted = 4, backpressured = 8, offline = 16 }
