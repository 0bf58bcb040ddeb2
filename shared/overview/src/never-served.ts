/** A Redis that no edge has been started on: there is nothing to show yet. */
export class NeverServed extends Error {
  override readonly name = 'NeverServed';

  constructor() {
    super('This Redis has never served a relay.');
  }
}
