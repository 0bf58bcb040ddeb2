export type WindowsAppErrorCode =
  /** What was typed is no id of an app. */
  | 'no-id'
  /** The device is paired with sealed messages, which must not become weaker. */
  | 'better-paired'
  /** Another pairing with an app is under way. */
  | 'busy'
  | 'declined'
  /** Nobody answered in time. */
  | 'timeout'
  /** The app named another key than before, or none. */
  | 'key'
  | 'cancelled'
  /** More than the limits let through while it is worth anything. */
  | 'too-large'
  /** The app knows texts and images alone. */
  | 'unsupported';

/** The message is for the user. */
export class WindowsAppError extends Error {
  override readonly name = 'WindowsAppError';

  constructor(
    readonly code: WindowsAppErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** How every list of peers shows one of kind `legacy`. */
export const legacyNotice = 'legacy: the relay can read this pairing’s key';
