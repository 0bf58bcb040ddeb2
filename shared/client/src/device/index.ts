/** A device: all layers in one object. */
export { Device, type DeviceMessageHandler, type SendOptions } from './device';
export { DeviceError, type DeviceErrorCode } from './device-error';
export type { DeviceEventName, DeviceEvents } from './device-events';
export type { Clip, DeviceMessage, OutgoingContent } from './device-messages';
export type { DeviceOptions } from './device-options';
