import { skipSpace, skipString, skipValue } from './json-scan';

/**
 * `JSON.parse` with whole numbers beyond 2^53 as bigint. The caller has checked the text and its depth. Reads each part
 * once.
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

  /** Answers the text up to `end`, and skips the space after it. */
  private take(end: number): string {
    const part = this.text.slice(this.at, end);
    this.at = skipSpace(this.text, end);
    return part;
  }

  /** Skips one character and the space after it. */
  private pass(): void {
    this.at = skipSpace(this.text, this.at + 1);
  }
}

/** `JSON.parse` is exact up to 9 digits, and no number of more than 20 digits fits in 64 bits. */
function scalar(text: string): unknown {
  return /^-?\d{10,20}$/.test(text) ? wholeNumber(text) : JSON.parse(text);
}

/**
 * The library writes MessagePack's 64-bit integers for bigints only. A larger number becomes the nearest float, as in
 * JSON.
 */
function wholeNumber(text: string): number | bigint {
  const exact = BigInt(text);
  if (exact >= -(2n ** 31n) && exact < 2n ** 32n) return Number(text);
  const fits = BigInt.asUintN(64, exact) === exact || BigInt.asIntN(64, exact) === exact;
  return fits ? exact : Number(text);
}
