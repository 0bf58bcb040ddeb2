-- In which the registrations of a device are counted: a minute from the first.
local registrationWindowMs = 60000
