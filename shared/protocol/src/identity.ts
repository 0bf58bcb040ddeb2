declare const deviceKeyBrand: unique symbol;

/** A hardware id in upper case: what devices are compared and stored by. */
export type DeviceKey = string & { readonly [deviceKeyBrand]: true };

const hashForm = /^(?:[0-9a-f]{64}|[0-9a-f]{32})$/i;

/** Whether the text is a SHA-256 (64 hex digits) or MD5 (32 hex digits) hash, in any case. */
export function isHardwareId(text: string): boolean {
  return hashForm.test(text);
}

/** The key of a hardware id that `isHardwareId` accepts. */
export function deviceKeyOf(hardwareId: string): DeviceKey {
  return hardwareId.toUpperCase() as DeviceKey;
}
