import { byId, create } from './elements';

const shownMs = 12_000;
const mostShown = 4;

/** A sentence at the foot of the page, read out by screen readers, for a while or until it is closed. */
export function notice(sentence: string): void {
  const list = byId('notices');
  const shown = create('li', '', sentence);
  const close = create('button', 'quiet', '×');
  close.type = 'button';
  close.setAttribute('aria-label', 'Close');
  close.addEventListener('click', () => shown.remove());
  shown.append(close);
  list.append(shown);
  while (list.children.length > mostShown) list.firstElementChild!.remove();
  setTimeout(() => shown.remove(), shownMs);
}
