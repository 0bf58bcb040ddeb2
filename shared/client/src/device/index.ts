/** A device: all layers in one object. */
export { Device, type SendOptions } from './device';
export { DeviceError, type DeviceErrorCode } from './device-error';
export type { DeviceEventName, DeviceEvents } from './device-events';
export type { Clip, DeviceMessage, DeviceMessageHandler, OutgoingContent } from './device-messages';
export type { DeviceOptions } from './device-options';
