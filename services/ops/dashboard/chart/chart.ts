import { create, setText } from '../page/elements.js';
import type { Sample } from './history.js';
import uPlot from './uplot.js';

export type Line = {
  label: string;
  /** A custom property of theme.css. */
  color: string;
  read: (sample: Sample) => number | null;
};

export type ChartOptions = {
  title: string;
  /** As it stands behind a value. */
  write: (value: number) => string;
  /** What there may be to show; lines of the same labels keep the drawing. */
  lines: (samples: readonly Sample[]) => readonly Line[];
  /** Shown in place of a flat line. */
  empty: string;
};

/** As in charts.css. */
const heightPx = 140;
const syncKey = 'time';

/** A line chart with its legend above it: values of now, or of where the pointer is on any of the charts. */
export class Chart {
  private plot: uPlot | undefined;
  private lines: readonly Line[] = [];
  private samples: readonly Sample[] = [];
  private range: [number, number] = [0, 1];
  private readonly legend = create('ul', 'legend');
  private readonly canvas = create('div', 'plot');
  private readonly note = create('p', 'plot-note');

  constructor(
    place: HTMLElement,
    private readonly options: ChartOptions,
  ) {
    this.canvas.setAttribute('role', 'img');
    this.canvas.append(this.note);
    place.append(this.legend, this.canvas);
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(this.canvas);
  }

  show(samples: readonly Sample[], fromMs: number, toMs: number): void {
    this.samples = samples;
    this.range = [fromMs / 1000, toMs / 1000];
    const lines = this.options.lines(samples);
    const isSame = lines.length === this.lines.length && lines.every(({ label }, i) => label === this.lines[i]!.label);
    this.lines = lines;
    if (!isSame || this.plot === undefined) this.rebuild();
    else this.plot.setData(this.data());
    setText(this.note, this.hasValues() ? '' : this.nothing());
    this.writeLegend(this.plot?.cursor.idx ?? undefined);
    this.canvas.setAttribute('aria-label', `${this.options.title}: ${this.legend.textContent}`);
  }

  /** Without one sample nobody knows whether anything happened. */
  private nothing(): string {
    return this.samples.length === 0 ? 'Nothing is known yet' : this.options.empty;
  }

  /** Colours are read from the style sheet when a chart is made. */
  rebuild(): void {
    this.plot?.destroy();
    this.legend.replaceChildren(...this.lines.map(({ label, color }) => legendEntry(label, color)));
    this.plot = new uPlot(this.uplotOptions(), this.data(), this.canvas);
  }

  private data(): uPlot.AlignedData {
    const times = this.samples.map(({ atMs }) => atMs / 1000);
    return [times, ...this.lines.map(({ read }) => this.samples.map(read))] as uPlot.AlignedData;
  }

  private hasValues(): boolean {
    return this.lines.some(({ read }) => this.samples.some((sample) => (read(sample) ?? 0) > 0));
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(120, this.canvas.clientWidth), height: heightPx };
  }

  private uplotOptions(): uPlot.Options {
    return {
      ...this.size(),
      legend: { show: false },
      cursor: { sync: { key: syncKey }, drag: { x: false, y: false }, points: { size: 6 }, y: false },
      scales: { x: { time: true, range: () => this.range }, y: { range: (_plot, _min, max) => [0, roundUp(max)] } },
      axes: [this.axis('x'), this.axis('y')],
      series: [{}, ...this.lines.map(({ color }) => lineOf(colorOf(color)))],
      hooks: { setCursor: [({ cursor }) => this.writeLegend(cursor.idx ?? undefined)] },
      padding: [8, 18, 0, 0],
    };
  }

  private axis(which: 'x' | 'y'): uPlot.Axis {
    const stroke = colorOf('--muted');
    const grid = { stroke: colorOf('--grid'), width: 1 };
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const common = { stroke, grid, font, ticks: { show: false } };
    if (which === 'x')
      return { ...common, size: 20, gap: 4, space: 44, values: (_plot, splits) => splits.map(timeText(this.range)) };
    return {
      ...common,
      size: 58,
      gap: 6,
      splits: (_plot, _axis, min, max) => [min, max / 2, max],
      values: (_plot, splits) => splits.map((value) => this.options.write(value)),
    };
  }

  private writeLegend(at: number | undefined): void {
    const sample = this.samples[at ?? this.samples.length - 1];
    for (const [i, { read }] of this.lines.entries()) {
      const value = sample === undefined ? null : read(sample);
      setText(this.legend.children[i]!.lastElementChild!, value === null ? '–' : this.options.write(value));
    }
  }
}

function legendEntry(label: string, color: string): HTMLElement {
  const entry = create('li');
  const mark = create('span', 'mark');
  mark.style.setProperty('background', `var(${color})`);
  entry.append(mark, create('span', 'legend-label', `${label} `), create('span', 'legend-value', '–'));
  return entry;
}

function lineOf(stroke: string): uPlot.Series {
  return { stroke, width: 1.5, points: { show: false }, spanGaps: false };
}

/** A colour of theme.css for a canvas, which knows neither properties nor themes. */
function colorOf(property: string): string {
  const probe = create('i');
  probe.style.setProperty('color', `var(${property})`);
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A top for the scale that a reader can divide: 1, 2, 2.5 or 5 of a power of ten, never 0. */
function roundUp(max: number | null): number {
  if (max === null || !(max > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(max));
  const step = [1, 2, 2.5, 5, 10].find((multiple) => multiple * power >= max * 1.05) ?? 10;
  return step * power;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

function timeText([from, to]: readonly [number, number]): (seconds: number) => string {
  const written = to - from > 2 * 86_400 ? date : clock;
  return (seconds) => written.format(seconds * 1000);
}
