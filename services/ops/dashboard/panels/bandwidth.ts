import type { BandwidthView, ClusterView } from '@openrelay/overview';
import { byId, create, setFigure, setText } from '../page/elements.js';
import { bytes, percent, text } from '../page/format.js';
import { toneOf } from '../page/tones.js';

/** The most serious first. */
const problemNames = ['bandwidth-used-up', 'bandwidth-high', 'bandwidth-ahead'] as const;

/** The month against its threshold and limit, and what each day came to. */
export function showBandwidth({ bandwidth, problems }: ClusterView): void {
  const { usedBytes, limitBytes, thresholdBytes, projectedBytes, month } = bandwidth;
  const used = bytes(usedBytes);
  setFigure(byId('bandwidth-used'), used.number, used.unit);
  setText(byId('bandwidth-of'), `of ${text(bytes(limitBytes))} in ${month} (${percent(usedBytes / limitBytes)})`);
  const bar = byId('bandwidth-bar');
  bar.dataset.tone = problemNames.map((name) => toneOf(problems, name)).find(Boolean) ?? 'well';
  bar.style.setProperty('--used', String(share(usedBytes, limitBytes)));
  bar.style.setProperty('--projected', String(share(projectedBytes, limitBytes)));
  bar.style.setProperty('--threshold', String(share(thresholdBytes, limitBytes)));
  const heading = `${text(bytes(projectedBytes))} by the month’s end, refused from ${text(bytes(thresholdBytes))} on`;
  setText(byId('bandwidth-projection'), heading);
  bar.setAttribute('aria-label', `${text(used)} used, ${heading}`);
  showDays(bandwidth);
  const closed = bandwidth.closedMonths.slice(-3).map((each) => `${each.month} ${text(bytes(each.bytes))}`);
  setText(byId('bandwidth-months'), closed.length === 0 ? 'No month was closed yet.' : `Before: ${closed.join(', ')}`);
}

function share(part: number, whole: number): number {
  return Math.min(1, part / whole);
}

function showDays({ days, month }: BandwidthView): void {
  const list = byId('bandwidth-days');
  const byDay = new Map(days.map(({ day, bytes: amount }) => [day, amount]));
  const most = Math.max(0, ...byDay.values());
  const count = daysIn(month);
  while (list.children.length > count) list.lastElementChild!.remove();
  while (list.children.length < count) list.append(dayElement(list.children.length + 1));
  for (const [i, element] of [...list.children].entries()) {
    const day = `${month}-${String(i + 1).padStart(2, '0')}`;
    showDay(element as HTMLElement, day, byDay.get(day) ?? 0, most);
  }
  list.setAttribute('aria-label', days.map(({ day, bytes: amount }) => `${day} ${text(bytes(amount))}`).join(', '));
  setText(byId('bandwidth-most'), `busiest day ${text(bytes(most))}`);
}

function dayElement(number: number): HTMLElement {
  const element = create('span');
  if (number % 7 === 1) element.dataset.day = String(number);
  return element;
}

function showDay(element: HTMLElement, day: string, amount: number, most: number): void {
  const title = `${day}: ${text(bytes(amount))}`;
  if (element.title !== title) element.title = title;
  element.style.setProperty('--share', String(most === 0 ? 0 : amount / most));
}

function daysIn(month: string): number {
  const [year = 2000, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).getUTCDate();
}
