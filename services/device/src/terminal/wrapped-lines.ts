import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from './display-width';

/** Breaks a line between words, so that it fits, and indents what follows as its begin; a word that is too long stays whole. */
export function wrappedLines(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = '';
  for (const word of line.slice(indent.length).split(' ')) {
    const longer = current === '' ? `${indent}${word}` : `${current} ${word}`;
    if (current !== '' && widthOf(longer) > columns) {
      lines.push(current);
      current = `${indent}${word}`;
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
