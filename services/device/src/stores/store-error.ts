/** A sentence for people: what, where, and what to do. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
}

/** Another process, or another place of this one, uses the folder. */
export class StoreInUse extends StoreError {
  override readonly name = 'StoreInUse';

  constructor(
    message: string,
    readonly pid: number,
  ) {
    super(message);
  }
}

const wayOut: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full. Make room there',
  EDQUOT: 'the quota of its disk is used up. Make room there',
  EFBIG: 'its file may grow no more. Raise the limit (ulimit -f)',
  EACCES: 'this user may not. Make the folder its own',
  EPERM: 'this user may not. Make the folder its own',
  EROFS: 'its disk is read-only. Mount it for writing',
  EIO: 'its disk fails. Copy what is there to another disk',
};

/** @param did as "could not be written" */
export function storeErrorOf(folder: string, did: string, error: unknown): StoreError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const why = wayOut[code] ?? `${message}. Look at the folder`;
  return new StoreError(`The store in ${folder} ${did}: ${why}, and try again.`, { cause: error });
}
