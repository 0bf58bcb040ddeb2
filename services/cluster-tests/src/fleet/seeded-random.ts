export type Range = readonly [least: number, most: number];

/** Chance that can be played again: everything that a fleet does by chance is drawn from here. Mulberry32. */
export class SeededRandom {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** At least 0 and below 1. */
  fraction(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both bounds included. */
  whole([least, most]: Range): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** @throws RangeError when there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('There is nothing to pick from.');
    return items[this.whole([0, items.length - 1])]!;
  }

  /** A whole number over a range of magnitudes, so that small ones are as frequent as large ones. */
  magnitude([least, most]: Range): number {
    return Math.round(least * (most / least) ** this.fraction());
  }
}
