const withKeys = /^(?:identity$|session:.*:keys$|introduction:|legacy:)/;

/** Whether a record of this name has keys in it: what it was before must not stay on the disk. */
export function isSecretRecord(name: string): boolean {
  return withKeys.test(name);
}
