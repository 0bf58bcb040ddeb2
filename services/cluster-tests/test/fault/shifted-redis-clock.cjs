// Preloaded into a process under test (NODE_OPTIONS=--require): for it Redis's clock is off by what the key test:clock-shift
// says, in seconds. That can be changed at any time, as when the machine of Redis is set.
const { Redis } = require('ioredis');

const shiftKey = 'test:clock-shift';
const shifted = `(function()
  local time = redis.call('TIME')
  return { time[1] + (tonumber(redis.call('GET', '${shiftKey}')) or 0), time[2] }
end)()`;

const define = Reflect.get(Redis.prototype, 'defineCommand');
Redis.prototype.defineCommand = function defineCommand(name, { lua, ...rest }) {
  define.call(this, name, { ...rest, lua: lua.replaceAll("redis.call('TIME')", shifted) });
};

Redis.prototype.time = async function time() {
  const [[seconds, micros], shift] = await Promise.all([this.call('TIME'), this.get(shiftKey)]);
  return [String(Number(seconds) + Number(shift ?? 0)), micros];
};
