// Preloaded into an edge (NODE_OPTIONS=--require): of certain frames it throws what nobody expects.
const { prototype } = require('node:module');
const load = Reflect.get(prototype, 'require');

prototype.require = function (path) {
  const loaded = Reflect.apply(load, this, [path]);
  if (path !== './dispatch') return loaded;
  return {
    ...loaded,
    dispatch(commands, connection, bytes, kind) {
      const text = Buffer.from(bytes).toString();
      if (text.includes('"throw"')) JSON.parse(`{"encrypted_data":${text}`); // a message of an error that quotes a payload
      if (text.includes('"end"')) setImmediate(() => undefined.nothing);
      if (text.includes('"reject"')) void Promise.reject(new TypeError('nobody waits for this'));
      loaded.dispatch(commands, connection, bytes, kind);
    },
  };
};
