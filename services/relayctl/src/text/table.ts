import { type Line, type Span, widthOf } from './line';

export type Column<Row> = {
  title: string;
  cell: (row: Row) => string | Span;
  align?: 'left' | 'right';
  /** On a narrow terminal the columns with the highest number are left out first; those without one stay. */
  leaveOut?: number;
};

const gap = '  ';

/** A heading and a line for each row, in columns that fit into the width as far as they may be left out. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): Line[] {
  const all = columns.map((column) => laidOut(column, rows));
  let shown = all;
  while (widthOf(lineOf(shown, 0)) > width) {
    const least = shown.reduce((one, other) => (other.leaveOut > one.leaveOut ? other : one));
    if (least.leaveOut === 0) break;
    shown = shown.filter((column) => column !== least);
  }
  return Array.from({ length: rows.length + 1 }, (_, index) => lineOf(shown, index));
}

type LaidOut = { spans: Span[]; leaveOut: number };

function laidOut<Row>({ title, cell, align = 'right', leaveOut = 0 }: Column<Row>, rows: readonly Row[]): LaidOut {
  const heading: Span = { text: title, colour: 'dim' };
  const cells = [heading, ...rows.map(cell).map((value) => (typeof value === 'string' ? { text: value } : value))];
  const width = Math.max(...cells.map(({ text }) => text.length));
  const pad = (text: string) => (align === 'left' ? text.padEnd(width) : text.padStart(width));
  return { leaveOut, spans: cells.map((span) => ({ ...span, text: pad(span.text) })) };
}

function lineOf(columns: readonly LaidOut[], index: number): Line {
  return columns.flatMap(({ spans }, position) => (position === 0 ? [spans[index]!] : [{ text: gap }, spans[index]!]));
}
