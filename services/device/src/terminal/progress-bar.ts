import { bytesText } from '@openrelay/client';
import { displayWidth, fitted } from './display-width';
import { durationText } from './units';

export type ProgressShown = {
  readonly name: string;
  readonly bytes: number;
  readonly size: number | undefined;
  /** Until the end, as far as that can be told. */
  readonly secondsLeft: number | undefined;
};

const longestBar = 30;
const shortestBar = 10;

/** One line that fits into the terminal: `video.mp4  ████░░░░░░  38 %  19 MB of 50 MB, 12 minutes left`. */
export function progressLine({ name, bytes, size, secondsLeft }: ProgressShown, columns: number): string {
  const left = secondsLeft === undefined ? '' : `, ${durationText(secondsLeft)} left`;
  if (size === undefined) return fitted(`${name}  ${bytesText(bytes)}`, columns);
  const share = size === 0 ? 1 : Math.min(1, bytes / size);
  const figures = `${String(Math.floor(share * 100)).padStart(3)} %  ${bytesText(bytes)} of ${bytesText(size)}${left}`;
  const room = columns - displayWidth(figures) - 5;
  const shown = fitted(name, Math.max(8, Math.min(30, room - shortestBar)));
  const width = Math.min(longestBar, room - displayWidth(shown));
  const bar = width < shortestBar ? '' : `${barOf(share, width)} `;
  return fitted(`${shown}  ${bar}${figures}`, columns);
}

function barOf(share: number, width: number): string {
  const full = Math.round(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
