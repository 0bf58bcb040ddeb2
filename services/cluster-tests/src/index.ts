/** A whole cluster of real processes for one test file, and the devices that talk to it. */
export { type HaproxyOptions, type RunningHaproxy, startHaproxy } from './balancers/haproxy-process';
export { type RunningNginx, startNginx } from './balancers/nginx-process';
export { type Upgrade, upgradeFrom } from './balancers/upgrade';
export {
  claimedDevice,
  deviceOf,
  encodings,
  keyKinds,
  proveKey,
  registerClaimed,
  say,
  showKey,
} from './devices/claimed-device';
export {
  absentId,
  acknowledged,
  answerTo,
  collect,
  connectDevice,
  connectedPair,
  type DeviceOptions,
  errorOf,
  exchange,
  knownDevice,
  makeKnown,
  queuedFor,
  registeredDevice,
  sendAndAwaitAck,
} from './devices/devices';
export { metricOf, scriptCallsOf, statusOf, untilProbed, untilReady } from './devices/edge-pages';
export { packedDevice, packedSubprotocol, packFrame } from './devices/packed-device';
export { placements } from './devices/placements';
