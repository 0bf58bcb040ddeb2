-- In which the registrations of a device are counted: a minute from the first.
local windowMs = 60000
