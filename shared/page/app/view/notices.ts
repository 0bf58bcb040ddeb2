import { byId, create } from './elements';

/** Time to find it, and to read it. */
const shownMs = { least: 4_000, eachCharacter: 60 };
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
  setTimeout(() => shown.remove(), shownMs.least + shownMs.eachCharacter * sentence.length);
}
