/** What tests of several packages share; never deployed. */
export { type EventuallyOptions, eventually } from '@openrelay/launch';
export { CertificateFolder, p256 } from './certificate-folder';
export { contactTag, DeviceSigner, type KeyKind } from './device-signer';
export { freshHardwareId } from './hardware-id';
export type { ReceivedFrame } from './received-frames';
export { RedisRig } from './redis-rig';
export { TestDevice, type TestDeviceOptions } from './test-device';
export { until } from './until';
export { wrongClock } from './wrong-clock';
