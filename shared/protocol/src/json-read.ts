import { skipSpace, skipString, skipValue } from './json-scan';

/**
 * `JSON.parse` with whole numbers beyond 2^53 as bigint. The text was checked before, its depth too; each part of it is
 * looked at once.
 */
export function readExactJson(text: string): unknown {
  return new Reader(text).value();
}

class Reader {
  /** Where the next value, key or closing bracket stands. */
  private at: number;

  constructor(private readonly text: string) {
    this.at = skipSpace(text, 0);
  }

  value(): unknown {
    switch (this.text[this.at]) {
      case '{':
        return this.object();
      case '[':
        return this.array();
      default:
        return scalar(this.take(skipValue(this.text, this.at)));
    }
  }

  private object(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.pass();
    while (this.text[this.at] !== '}') {
      const key: string = JSON.parse(this.take(skipString(this.text, this.at)));
      this.pass(); // the colon
      entries.push([key, this.value()]);
      if (this.text[this.at] === ',') this.pass();
    }
    this.pass();
    return Object.fromEntries(entries);
  }

  private array(): unknown[] {
    const elements: unknown[] = [];
    this.pass();
    while (this.text[this.at] !== ']') {
      elements.push(this.value());
      if (this.text[this.at] === ',') this.pass();
    }
    this.pass();
    return elements;
  }

  /** The text up to `end`; the space behind it is passed. */
  private take(end: number): string {
    const part = this.text.slice(this.at, end);
    this.at = skipSpace(this.text, end);
    return part;
  }

  /** One character, and the space behind it. */
  private pass(): void {
    this.at = skipSpace(this.text, this.at + 1);
  }
}

/** More digits than 64 bits have make no whole number that either side could keep. */
function scalar(text: string): unknown {
  return /^-?\d{10,20}$/.test(text) ? wholeNumber(text) : JSON.parse(text);
}

/**
 * MessagePack has 64-bit integers, which the library writes for bigints alone. What is larger goes as the nearest float,
 * as it would in JSON.
 */
function wholeNumber(text: string): number | bigint {
  const exact = BigInt(text);
  if (exact >= -(2n ** 31n) && exact < 2n ** 32n) return Number(text);
  const fits = BigInt.asUintN(64, exact) === exact || BigInt.asIntN(64, exact) === exact;
  return fits ? exact : Number(text);
}
