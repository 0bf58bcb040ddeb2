/** A record of the store can't be read. Nothing was changed: the store may be mended, or the record given up on purpose. */
export class StoreDamaged extends Error {
  override readonly name = 'StoreDamaged';

  constructor(
    readonly key: string,
    remedy: string,
  ) {
    super(`The record ${key} of the store is damaged. ${remedy}`);
  }
}
