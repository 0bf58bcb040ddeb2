/** Bytes under text keys. Keys: `[a-z0-9:.-]`, at most 200 characters. */
export type Store = {
  get(key: string): Promise<Uint8Array | undefined>;
  /** All or nothing, also when the process dies in the middle; on stable storage when it resolves. `undefined` deletes. */
  write(changes: ReadonlyMap<string, Uint8Array | undefined>): Promise<void>;
  keys(prefix: string): Promise<string[]>;
};
