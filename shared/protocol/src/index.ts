export { base64OfBytes, bytesOfBase64 } from './base64';
export { type CloseCode, closeCodes } from './close-codes';
export { decodeJsonFrame, decodeMessagePackFrame } from './decode';
export {
  encodeAck,
  encodeChallenge,
  encodeContactsResponse,
  encodeError,
  encodePong,
  encodeRegisterResponse,
  type Limits,
} from './encode';
export { type ErrorCode, type ErrorMeaning, errorCodes, errorTable, type Remedy } from './errors';
export { type DeviceKey, deviceKeyOf, isHardwareId } from './identity';
export { countJsonValues } from './json-scan';
export * from './limits';
export type {
  Acceptance,
  AckMessage,
  AuthMessage,
  ContactsMessage,
  DeviceMessage,
  Encoding,
  KeyRotationMessage,
  Presence,
  ProveMessage,
  Refusal,
  RegisterMessage,
  SendMessage,
  StatusMessage,
} from './messages';
export { countPackedValues } from './msgpack-scan';
export { decodePlainFrame, type PlainPlatform } from './plain-frame';
export { Sealed } from './sealed';
export { transcode } from './transcode';
