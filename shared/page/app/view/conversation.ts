import { type Peer, shownName } from '@openrelay/client';
import type { Desk } from '../device/desk';
import { sentenceOf } from '../device/sentence';
import type { Entry } from '../storage/entry';
import { zipOf } from '../storage/zip';
import { copyToClipboard } from './clipboard';
import { byId, setText } from './elements';
import { type EntryActions, entryView, showProgress } from './entry-view';
import { notice } from './notices';
import { saveAs } from './save';

/** What was said to and by one device. */
export class Conversation {
  private peer: Peer | undefined;
  private readonly views = new Map<string, HTMLElement>();
  private readonly list = byId('entries');

  constructor(private readonly desk: Desk) {
    desk.history.onChange((entry, change) => {
      if (entry.peerId !== this.peer?.id) return;
      if (change === 'gone') this.drop(entry.id);
      else this.put(entry);
    });
  }

  show(peer: Peer): void {
    const isOther = peer.id !== this.peer?.id;
    this.peer = peer;
    setText(byId('peer-name'), shownName(peer));
    setText(byId('peer-note'), noteOf(peer, this.desk));
    if (isOther) this.fill(peer);
  }

  private fill({ id }: Peer): void {
    this.views.clear();
    this.list.replaceChildren();
    for (const entry of this.desk.history.list(id)) this.put(entry);
    this.tellEmpty();
  }

  private put(entry: Entry): void {
    const isAtEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    const former = this.views.get(entry.id);
    if (former !== undefined && showProgress(former, entry) === 'shown') return;
    const view = entryView(entry, shownName(this.peer!), this.actions);
    this.views.set(entry.id, view);
    if (former === undefined) this.list.append(view);
    else replace(former, view);
    this.tellEmpty();
    if (isAtEnd || former === undefined) this.list.scrollTop = this.list.scrollHeight;
  }

  private drop(id: string): void {
    this.views.get(id)?.remove();
    this.views.delete(id);
    this.tellEmpty();
  }

  private tellEmpty(): void {
    byId('nothing-yet').hidden = this.views.size > 0;
  }

  private readonly actions: EntryActions = {
    copy: (entry) =>
      attempt(async () => {
        await copyToClipboard(entry);
        notice('Copied.');
      }),
    save: (entry) => attempt(() => this.save(entry)),
    accept: (entry) => attempt(() => this.desk.accept(entry)),
    decline: (entry) => attempt(() => this.desk.decline(entry)),
    remove: (entry) => attempt(() => this.desk.history.remove(entry)),
    picture: async ({ what }) => (what.kind === 'file' ? this.desk.files.get(what.place) : undefined),
  };

  private async save({ what }: Entry): Promise<void> {
    if (what.kind === 'image') saveAs(`image.${what.mime.split('/')[1] ?? 'png'}`, what.bytes);
    if (what.kind !== 'file') return;
    if (what.entries !== undefined) {
      saveAs(`${what.name}.zip`, await zipOf(await this.desk.files.folder(what.place)));
      return;
    }
    const bytes = await this.desk.files.get(what.place);
    if (bytes === undefined) throw new Error(`${what.name} is not in this browser any more: ask for it again.`);
    saveAs(what.name, bytes);
  }
}

/** The button that was pressed may be the one that is replaced: whoever uses the keyboard stays there. */
function replace(former: HTMLElement, view: HTMLElement): void {
  const hadFocus = former.contains(document.activeElement);
  former.replaceWith(view);
  if (hadFocus) view.querySelector('button')?.focus();
}

function noteOf(peer: Peer, { device }: Desk): string {
  const since = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(peer.since);
  switch (peer.kind) {
    case 'paired':
      return `Paired ${since}; the relay cannot read what you send.`;
    case 'introduced': {
      const by = device.peers.get(peer.introducedBy ?? '');
      return `Introduced by ${by === undefined ? 'another device' : shownName(by)} ${since}; the relay cannot read what you send.`;
    }
    case 'legacy':
      return 'Legacy: the relay can read this pairing’s key.';
    default:
      return peer.kind satisfies never;
  }
}

export function attempt(act: () => Promise<unknown>): void {
  act().catch((error: unknown) => notice(sentenceOf(error)));
}
