/** Where the platform keeps the secrets of a user, behind a password or a login. All reject with a Failure. */
export type Keyring = {
  /** As people know it. */
  readonly name: string;
  /** Nothing when there is none under this name; one that is locked, or does not answer, is a Failure. */
  get(id: string): Promise<string | undefined>;
  /** @param secret hex digits */
  put(id: string, secret: string): Promise<void>;
  remove(id: string): Promise<void>;
};
