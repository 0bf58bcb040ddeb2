import { create, setText } from './elements.js';
import type { Tone } from './tones.js';

export type Cell = {
  /** As the column's head has it; shown beside the value where there is no room for columns. */
  label: string;
  value: string;
  tone?: Tone | undefined;
  /** 0 to 1: drawn as a bar under the value. */
  share?: number | undefined;
  note?: string | undefined;
};

/** The rows of a table, each kept while its key is there, so that nothing moves or flickers. */
export class Rows {
  private readonly rows = new Map<string, HTMLElement>();

  constructor(private readonly body: HTMLElement) {}

  show(entries: readonly { key: string; cells: readonly Cell[] }[]): void {
    const keys = new Set(entries.map(({ key }) => key));
    for (const [key, row] of this.rows) if (!keys.has(key)) this.remove(key, row);
    for (const [i, { key, cells }] of entries.entries()) {
      const row = this.rows.get(key) ?? this.add(key, cells);
      if (this.body.children[i] !== row) this.body.insertBefore(row, this.body.children[i] ?? null);
      for (const [column, cell] of cells.entries()) fill(row.children[column] as HTMLElement, cell);
    }
  }

  private remove(key: string, row: HTMLElement): void {
    row.remove();
    this.rows.delete(key);
  }

  private add(key: string, cells: readonly Cell[]): HTMLElement {
    const row = create('tr');
    row.dataset.key = key;
    row.append(...cells.map((cell, column) => emptyCell(cell, column)));
    this.rows.set(key, row);
    return row;
  }
}

function emptyCell({ label }: Cell, column: number): HTMLElement {
  const cell = create(column === 0 ? 'th' : 'td');
  if (column === 0) cell.setAttribute('scope', 'row');
  cell.dataset.label = label;
  cell.append(create('span', 'value'), create('span', 'note'));
  return cell;
}

function fill(element: HTMLElement, { value, tone, share, note }: Cell): void {
  setText(element.children[0]!, value);
  setText(element.children[1]!, note ?? '');
  // What there is no room for is cut off.
  const whole = [value, note].filter(Boolean).join(': ');
  if (element.title !== whole) element.title = whole;
  if (tone === undefined) delete element.dataset.tone;
  else element.dataset.tone = tone;
  element.classList.toggle('with-bar', share !== undefined);
  if (share !== undefined) element.style.setProperty('--share', String(Math.min(1, Math.max(0, share))));
}
