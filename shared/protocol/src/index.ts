export { type CloseCode, closeCodes } from './close-codes';
export { decodeJsonFrame, decodeMessagePackFrame } from './decode';
export { encodeAck, encodeError, encodePong, encodeRegisterResponse, type Limits } from './encode';
export { type ErrorCode, type ErrorMeaning, errorCodes, errorTable, type Remedy } from './errors';
export { type DeviceKey, deviceKeyOf, isHardwareId } from './identity';
export * from './limits';
export type {
  AckMessage,
  AuthMessage,
  DeviceMessage,
  Encoding,
  KeyRotationMessage,
  Presence,
  Refusal,
  RegisterMessage,
  SendMessage,
  StatusMessage,
} from './messages';
export { Sealed } from './sealed';
export { transcode } from './transcode';
