/** Line feeds and tabs aside: what moves the cursor, changes colours, or turns the direction of text. */
const unsafe = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** What a peer wrote, safe on a terminal: it must not be able to draw what this program says. */
export function printable(text: string): string {
  return text.replace(unsafe, (sign) => (sign === '\n' || sign === '\t' ? sign : '\uFFFD'));
}

/** The same in one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, ' ');
}
