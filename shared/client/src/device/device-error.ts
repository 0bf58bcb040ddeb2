export type DeviceErrorCode =
  /** There is no such peer. */
  | 'not-paired'
  /** It was introduced, and has not answered yet. */
  | 'not-ready'
  /** The Windows app can do no more than take and send texts and images. */
  | 'legacy';

/** The message is for the user. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';

  constructor(
    readonly code: DeviceErrorCode,
    message: string,
  ) {
    super(message);
  }
}
