import { type Peer, shownName } from '@openrelay/client';
import type { Desk } from '../device/desk';
import type { Entry } from '../storage/entry';
import { button, byId, create } from './elements';
import { timeWords } from './words';

/** The devices that this one is paired with. */
export class PeerList {
  constructor(
    private readonly desk: Desk,
    private readonly choose: (peer: Peer) => void,
  ) {}

  show(chosenId: string | undefined): void {
    const peers = this.desk.device.peers.list();
    const list = byId('peers');
    const focusedId = list.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.id
      : undefined;
    list.replaceChildren(...peers.map((peer) => this.row(peer, chosenId)));
    byId('nobody').hidden = peers.length > 0;
    if (focusedId !== undefined) list.querySelector<HTMLElement>(`[data-id="${focusedId}"]`)?.focus();
  }

  private row(peer: Peer, chosenId: string | undefined): HTMLElement {
    const last = this.desk.history.list(peer.id).at(-1);
    const choice = button('', () => this.choose(peer), 'peer');
    choice.dataset.id = peer.id;
    if (peer.id === chosenId) choice.setAttribute('aria-current', 'true');
    const line = create('span', 'note', last === undefined ? `Id ${peer.id.slice(0, 8)}…` : lineOf(last));
    choice.append(create('strong', '', shownName(peer)), line);
    if (peer.kind === 'legacy') choice.append(create('em', 'legacy', 'Legacy'));
    if (last !== undefined) choice.append(create('time', 'note', timeWords(last.at, Date.now())));
    const item = create('li');
    item.append(choice);
    return item;
  }
}

function lineOf({ direction, what }: Entry): string {
  const said = what.kind === 'text' ? what.text : what.kind === 'image' ? 'An image' : what.name;
  return direction === 'out' ? `You: ${said}` : said;
}
