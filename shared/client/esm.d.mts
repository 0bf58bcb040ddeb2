// What `dist/index.mjs` exports: the types of both builds are the same, and each kind of module wants them in its own.
export * from './dist/index.js';
