/** A device's side of the relay's protocol. Runs in browsers and in Node; depends on neither. */
export * from './connection/index';
export * from './crypto/index';
export * from './delivery/index';
export * from './device/index';
export * from './introductions/index';
export * from './pairing/index';
export * from './peers/index';
export * from './sessions/index';
export * from './stores/index';
export * from './transfers/index';
export * from './windows-app/index';
