import { bytesText } from '@openrelay/client';
import { isPicture } from '../device/pictures';
import type { Entry, EntryState } from '../storage/entry';
import { button, create, setText } from './elements';
import { spanWords, timeWords } from './words';

export type EntryActions = {
  readonly copy: (entry: Entry) => void;
  readonly save: (entry: Entry) => void;
  readonly accept: (entry: Entry) => void;
  readonly decline: (entry: Entry) => void;
  readonly remove: (entry: Entry) => void;
  /** The bytes of a picture that came or went as a file. */
  readonly picture: (entry: Entry) => Promise<Blob | undefined>;
};

/** One message or file of a conversation. */
export function entryView(entry: Entry, peerName: string, actions: EntryActions): HTMLLIElement {
  const item = create('li', `entry ${entry.direction}`);
  item.dataset.state = entry.state.is;
  item.dataset.kind = entry.what.kind;
  const bubble = create('div', 'bubble');
  bubble.append(create('span', 'unseen', entry.direction === 'in' ? `From ${peerName}:` : 'From you:'));
  bubble.append(...contentOf(entry, actions));
  item.append(bubble, footOf(entry, actions));
  return item;
}

function contentOf(entry: Entry, actions: EntryActions): HTMLElement[] {
  const { what, state } = entry;
  switch (what.kind) {
    case 'text':
      return [create('p', 'text', what.text)];
    case 'image':
      return [pictureOf(what.bytes, 'An image')];
    case 'file': {
      const files = what.entries === undefined ? '' : `${what.entries} ${what.entries === 1 ? 'file' : 'files'}`;
      const size = what.size === undefined ? '' : bytesText(what.size);
      const name = create('p', 'file');
      name.append(create('strong', '', what.name), create('span', 'note', [files, size].filter(Boolean).join(', ')));
      const parts: HTMLElement[] = [name];
      if (isMoving(entry)) parts.push(progressOf(entry.what, entry.state));
      if (state.is === 'done' && isPicture(what.mime)) parts.unshift(laterPicture(entry, what.name, actions));
      return parts;
    }
    default:
      return what satisfies never;
  }
}

type Moving = Extract<EntryState, { is: 'moving' }>;
type FileWhat = Extract<Entry['what'], { kind: 'file' }>;

/** What is offered to another device has no progress before that takes it. */
function isMoving(entry: Entry): entry is Entry & { what: FileWhat; state: Moving } {
  const { what, state, direction } = entry;
  return what.kind === 'file' && state.is === 'moving' && (direction === 'in' || state.bytes > 0);
}

/** In place: whoever presses the button beside it would miss another one. */
export function showProgress(view: HTMLElement, entry: Entry): 'shown' | 'not so' {
  const former = view.querySelector('.progress');
  if (former === null || !isMoving(entry)) return 'not so';
  const bar = former.querySelector('progress')!;
  if (entry.what.size !== undefined) bar.value = entry.state.bytes;
  setText(former.querySelector('.note')!, progressWords(entry.what, entry.state));
  return 'shown';
}

function progressOf(what: FileWhat, state: Moving): HTMLElement {
  const bar = create('progress');
  if (what.size !== undefined) {
    bar.max = Math.max(1, what.size);
    bar.value = state.bytes;
  }
  bar.setAttribute('aria-label', `How much of ${what.name} has moved`);
  const progress = create('div', 'progress');
  // Of what is new alone anything is read out.
  progress.setAttribute('aria-live', 'off');
  progress.append(bar, create('p', 'note', progressWords(what, state)));
  return progress;
}

function progressWords({ size }: FileWhat, { bytes, estimateSeconds }: Moving): string {
  const span = bytes === 0 ? spanWords(estimateSeconds) : '';
  const takes = span === '' ? '' : `, ${span} by the relay’s limits`;
  return `${bytesText(bytes)} of ${size === undefined ? 'a stream' : bytesText(size)}${takes}`;
}

function pictureOf(bytes: Blob, alt: string): HTMLImageElement {
  const image = create('img');
  image.alt = alt;
  const url = URL.createObjectURL(bytes);
  for (const end of ['load', 'error']) image.addEventListener(end, () => URL.revokeObjectURL(url), { once: true });
  image.src = url;
  return image;
}

function laterPicture(entry: Entry, name: string, { picture }: EntryActions): HTMLElement {
  const place = create('div', 'picture');
  void picture(entry).then((bytes) => {
    if (bytes !== undefined) place.append(pictureOf(bytes, name));
  });
  return place;
}

function footOf(entry: Entry, actions: EntryActions): HTMLElement {
  const foot = create('div', 'foot');
  const time = create('time', 'note', timeWords(entry.at, Date.now()));
  time.dateTime = new Date(entry.at).toISOString();
  foot.append(time);
  const word = stateWord(entry);
  if (word !== '') foot.append(create('span', 'note state', word));
  foot.append(...buttonsOf(entry, actions));
  return foot;
}

function stateWord({ direction, state }: Entry): string {
  switch (state.is) {
    case 'waiting':
      return 'Waits to go out';
    case 'offered':
      return 'Do you want it?';
    case 'moving':
      return direction === 'out' && state.bytes === 0 ? offeredWords(state.estimateSeconds) : 'On its way';
    case 'done':
      return direction === 'out' ? 'Sent' : '';
    case 'failed':
      return state.sentence;
    default:
      return state satisfies never;
  }
}

function offeredWords(estimateSeconds: number): string {
  const span = spanWords(estimateSeconds);
  return span === '' ? 'Offered' : `Offered; takes ${span} by the relay’s limits`;
}

function buttonsOf(entry: Entry, actions: EntryActions): HTMLButtonElement[] {
  const { what, state, direction } = entry;
  if (state.is === 'offered') {
    return [
      button('Take it', () => actions.accept(entry), 'primary small'),
      button('Refuse', () => actions.decline(entry), 'small'),
    ];
  }
  if (state.is === 'moving') return [button('Stop', () => actions.decline(entry), 'small')];
  const made: HTMLButtonElement[] = [];
  if (what.kind !== 'file') made.push(button('Copy', () => actions.copy(entry), 'small'));
  if (what.kind !== 'text' && state.is === 'done' && direction === 'in')
    made.push(
      button(
        what.kind === 'file' && what.entries !== undefined ? 'Save as ZIP' : 'Save',
        () => actions.save(entry),
        'small',
      ),
    );
  if (state.is !== 'waiting') made.push(button('Remove', () => actions.remove(entry), 'small'));
  return made;
}
