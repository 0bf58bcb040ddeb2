import type { Line, Span } from './line';

/** A label and what is said under it. */
export type Fact = readonly [label: string, ...said: (string | Span)[]];

/** Each fact beside its label; what does not fit into the width goes on below, under its beginning. */
export function facts(list: readonly Fact[], width: number): Line[] {
  const indent = Math.max(...list.map(([label]) => label.length)) + 2;
  return list.flatMap(([label, ...said]) => {
    const lines = wrap(separated(said), Math.max(10, width - indent));
    return lines.map((line, index) => [
      { text: (index === 0 ? label : '').padEnd(indent), colour: 'dim' } satisfies Span,
      ...line,
    ]);
  });
}

/** One thing said after the other, with commas. */
function separated(said: readonly (string | Span)[]): Span[] {
  return said.map((part, index) => {
    const span = typeof part === 'string' ? { text: part } : part;
    return index === said.length - 1 ? span : { ...span, text: `${span.text},` };
  });
}

/** Breaks between words alone. */
export function wrap(spans: readonly Span[], width: number): Line[] {
  const lines: Span[][] = [[]];
  let used = 0;
  for (const word of spans.flatMap((span) => span.text.split(' ').map((text) => ({ ...span, text })))) {
    const fits = used === 0 || used + 1 + word.text.length <= width;
    if (!fits) lines.push([]);
    if (fits && used > 0) lines.at(-1)!.push({ text: ' ' });
    used = fits ? used + word.text.length + (used > 0 ? 1 : 0) : word.text.length;
    lines.at(-1)!.push(word);
  }
  return lines;
}
