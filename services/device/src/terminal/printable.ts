import { directionMarks } from '@openrelay/client';

/** Line feeds and tabs aside: what moves the cursor, changes colours, or turns the direction of text. */
const unsafe = new RegExp(`[\\p{Cc}${directionMarks}]`, 'gu');

/** What a peer wrote, safe on a terminal: it must not be able to draw what this program says. */
export function printable(text: string): string {
  return text.replace(unsafe, (sign) => (sign === '\n' || sign === '\t' ? sign : '\uFFFD'));
}

/** What `Voice.paint` and `inBlackAndWhite` write. */
const ownColours = new RegExp(`(${'\u001b'}\\[(?:1|22|2|31|32|33|39|97;40|0)m)`);

/** The same with this program's own colours: the last fence behind which sentences that quote others stand. */
export function printablePainted(text: string): string {
  return text
    .split(ownColours)
    .map((part, at) => (at % 2 === 1 ? part : printable(part)))
    .join('');
}

/** The same in one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, ' ');
}
