/** What a write changes: bytes under a key, or `undefined` to delete it. */
export type Changes = ReadonlyMap<string, Uint8Array | undefined>;

/**
 * Bytes under text keys, for one user at a time. A key has 1 to 200 characters of `a-z 0-9 : . -`; every method rejects
 * with a TypeError for another. What comes back is a copy, as is what is kept.
 */
export type Store = {
  get(key: string): Promise<Uint8Array | undefined>;
  /** All or nothing, also when the process dies in the middle. On stable storage when it resolves; writes keep their order. */
  write(changes: Changes): Promise<void>;
  /** Those that begin so, in the order of their characters. */
  keys(prefix: string): Promise<string[]>;
};

const keyForm = /^[a-z0-9:.-]{1,200}$/;

/** Throws a TypeError for what is no key. */
export function checkKey(key: string): void {
  if (keyForm.test(key)) return;
  throw new TypeError(
    `"${key.slice(0, 210)}" is no key of a store: 1 to 200 characters of a-z, 0-9, colon, point and dash.`,
  );
}
