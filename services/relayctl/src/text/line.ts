type Colour = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

export type Span = { readonly text: string; readonly colour?: Colour };

/** What a person sees in one row of the terminal. */
export type Line = readonly Span[];

export function plain(text: string): Line {
  return [{ text }];
}

export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + text.length, 0);
}

/** The line's first columns. */
export function cut(line: Line, columns: number): Line {
  let left = columns;
  const kept: Span[] = [];
  for (const span of line) {
    if (left <= 0) break;
    kept.push({ ...span, text: span.text.slice(0, left) });
    left -= span.text.length;
  }
  return kept;
}

// https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters; node:util styleText needs Node 20.12.
const codes: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
};

export function print(line: Line, colours: 'yes' | 'no'): string {
  const text = line.map((span) => (colours === 'yes' ? paint(span) : span.text)).join('');
  return colours === 'yes' ? text : text.trimEnd();
}

function paint({ text, colour }: Span): string {
  if (colour === undefined || text === '') return text;
  const [on, off] = codes[colour];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
