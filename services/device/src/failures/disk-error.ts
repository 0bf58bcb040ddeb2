const said: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full: make room there',
  EDQUOT: 'the quota of its disk is used up: make room there',
  EFBIG: 'its file may grow no more: raise the limit (ulimit -f)',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'its disk is read-only',
  ENOENT: 'it is not there',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  EEXIST: 'something else of this name is there',
};

/** @param did as "could not be written" */
export function diskError(path: string, did: string, error: unknown): Error {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new Error(`${path} ${did}: ${said[code] ?? message}.`, { cause: error });
}
