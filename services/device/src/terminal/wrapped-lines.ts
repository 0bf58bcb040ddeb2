import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from './display-width';

/**
 * Breaks a line between words, so that it fits. A word that is too long stays whole, and so does a line that is indented: it is there
 * to be copied, and a break would be copied, too.
 */
export function wrappedLines(line: string, columns: number): string[] {
  if (line.startsWith(' ') || widthOf(line) <= columns) return [line];
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && widthOf(longer) > columns) {
      lines.push(current);
      current = word;
    } else {
      current = longer;
    }
  }
  return [...lines, current];
}

/** What is colour takes no room. */
function widthOf(text: string): number {
  return displayWidth(stripVTControlCharacters(text));
}
