import { maxNesting, maxValues } from './limits';

/** Where one member of a JSON object lies in the text: offsets of its key (with quotes) and of its value. */
export type Member = { key: string; keyStart: number; valueStart: number; valueEnd: number };

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

export function skipSpace(text: string, at: number): number {
  let next = at;
  while (isSpace(text.charCodeAt(next))) next += 1;
  return next;
}

/** Takes the offset of an opening quote, answers the offset after the closing one. It searches, which is fast in long strings. */
export function skipString(text: string, at: number): number {
  const end = text.indexOf('"', at + 1);
  if (end === -1) return text.length; // only where the text was not checked
  let slashes = 0;
  while (text.charCodeAt(end - 1 - slashes) === backslash) slashes += 1;
  return slashes % 2 === 0 ? end + 1 : walkString(text, end + 1);
}

/** Reads on by character after an escaped quote: a string with one often has many, and a search for each costs more. */
function walkString(text: string, at: number): number {
  let next = at;
  while (next < text.length) {
    const code = text.charCodeAt(next);
    next += code === backslash ? 2 : 1;
    if (code === quote) return next;
  }
  return text.length;
}

/**
 * Whether a text, which need not be JSON, has the marks of more than `maxValues` keys and values. HOT PATH: a text that
 * is too short for so many is not read.
 */
export function holdsTooMuch(text: string): boolean {
  return text.length > maxValues && countJsonValues(text) > maxValues;
}

/** Whether a text, which need not be JSON, cannot be anything else than an object, or none. */
export function beginsObject(text: string): boolean {
  return text.charCodeAt(skipSpace(text, 0)) === openObject;
}

/**
 * The marks of keys and values in a text, which need not be JSON; no more than one beyond `maxValues` are counted, and none in
 * what is no object.
 */
export function countJsonValues(text: string): number {
  if (!beginsObject(text)) return 0;
  let marks = 0;
  let next = 0;
  while (next < text.length && marks <= maxValues) {
    const code = text.charCodeAt(next);
    if (code === quote) {
      next = skipString(text, next);
      continue;
    }
    next += 1;
    if (code === comma || code === colon || code === openObject || code === openArray) marks += 1;
  }
  return marks;
}

function skipNested(text: string, at: number): number {
  let depth = 0;
  let next = at;
  for (;;) {
    const code = text.charCodeAt(next);
    if (code === quote) {
      next = skipString(text, next);
      continue;
    }
    next += 1;
    if (code === openObject || code === openArray) depth += 1;
    if (depth > maxNesting) throw new RangeError('nested too deep');
    if (code !== closeObject && code !== closeArray) continue;
    depth -= 1;
    if (depth === 0) return next;
  }
}

export function skipValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === quote) return skipString(text, at);
  if (first === openObject || first === openArray) return skipNested(text, at);
  let next = at;
  for (;;) {
    const code = text.charCodeAt(next);
    if (code === comma || code === closeObject || code === closeArray || isSpace(code) || next >= text.length)
      return next;
    next += 1;
  }
}

/**
 * The members of the JSON object that starts at or after `at`, in the order written, repeated keys included.
 * This only locates members: the text must have passed `JSON.parse`.
 * @throws RangeError when a value nests deeper than `maxNesting`
 */
export function membersOf(text: string, at = 0): Member[] {
  const members: Member[] = [];
  let next = skipSpace(text, skipSpace(text, at) + 1);
  while (text.charCodeAt(next) !== closeObject) {
    const keyStart = next;
    const keyEnd = skipString(text, keyStart);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = skipValue(text, valueStart);
    members.push({ key: text.slice(keyStart + 1, keyEnd - 1), keyStart, valueStart, valueEnd });
    next = skipSpace(text, valueEnd);
    if (text.charCodeAt(next) === comma) next = skipSpace(text, next + 1);
  }
  return members;
}

/** HOT PATH. Counts the members of the JSON object at `at`, each repeated key too, and answers the offset after it. */
function walkObject(text: string, at: number): { count: number; end: number } {
  let count = 0;
  let next = skipSpace(text, at + 1);
  while (text.charCodeAt(next) !== closeObject) {
    next = skipSpace(text, skipString(text, next));
    next = skipSpace(text, skipValue(text, skipSpace(text, next + 1)));
    if (text.charCodeAt(next) === comma) next = skipSpace(text, next + 1);
    count += 1;
  }
  return { count, end: next + 1 };
}

/** Where an object lies in the text, and how many members it has. */
export type Span = { start: number; end: number; members: number };

/**
 * The span of the frame's member of this name, an object, with the number of the frame's own members. HOT PATH: nothing
 * is copied. The text must have passed `JSON.parse`, and have such a member.
 */
export function findObject(text: string, name: string): { outerMembers: number; span: Span } {
  const span = { start: 0, end: 0, members: 0 };
  let outerMembers = 0;
  let next = skipSpace(text, skipSpace(text, 0) + 1);
  while (text.charCodeAt(next) !== closeObject) {
    const keyEnd = skipString(text, next);
    const isNamed = plainKey(text.slice(next + 1, keyEnd - 1)) === name;
    next = skipSpace(text, skipSpace(text, keyEnd) + 1);
    if (isNamed && text.charCodeAt(next) === openObject) {
      const { count, end } = walkObject(text, next);
      span.start = next;
      span.end = end;
      span.members = count;
      next = end;
    } else {
      next = skipValue(text, next);
    }
    next = skipSpace(text, next);
    if (text.charCodeAt(next) === comma) next = skipSpace(text, next + 1);
    outerMembers += 1;
  }
  return { outerMembers, span };
}

/** A key without its escapes. */
export function plainKey(key: string): string {
  return key.includes('\\') ? JSON.parse(`"${key}"`) : key;
}
