import { type Peer, readCode, readPairingUri } from '@openrelay/client';
import type { Desk } from './device/desk';
import { startAsking } from './view/ask';
import { startComposer } from './view/composer';
import { attempt, Conversation } from './view/conversation';
import { byId, setText } from './view/elements';
import { LinkLine } from './view/link-line';
import { notice } from './view/notices';
import { PairingDialog } from './view/pairing-dialog';
import { forgetPeer, introducePeer, renamePeer, renameThis } from './view/peer-actions';
import { PeerList } from './view/peer-list';

const peerActions = { rename: renamePeer, introduce: introducePeer, forget: forgetPeer };

/** The device at work: its peers, and the conversation with one of them. */
export class DeskPage {
  private readonly conversation: Conversation;
  private readonly peers: PeerList;
  private readonly pairing: PairingDialog;
  private chosenId: string | undefined;

  /** @param life ends when another tab has the device */
  constructor(
    private readonly desk: Desk,
    relayUrl: string,
    private readonly life: AbortSignal,
  ) {
    this.conversation = new Conversation(desk);
    this.peers = new PeerList(desk, (peer) => this.choose(peer));
    this.pairing = new PairingDialog(desk, relayUrl, (peer) => this.choose(peer));
  }

  open(): void {
    const { device } = this.desk;
    startAsking();
    startComposer(this.desk, () => this.chosenId, this.life);
    new LinkLine(device, this.life);
    setText(byId('this-name'), device.identity.name);
    this.listen();
    showPanels();
    const [first, ...others] = device.peers.list();
    const isWide = matchMedia('(min-width: 761px)').matches;
    if (others.length === 0 && isWide) this.chosenId = first?.id;
    this.show();
    this.pairFromAddress();
  }

  private listen(): void {
    const { desk, life } = this;
    byId('rename-this').onclick = () => attempt(() => renameThis(desk));
    byId('pair').onclick = () => this.pairing.open();
    byId('back').onclick = () => this.choose(undefined);
    for (const [id, act] of Object.entries(peerActions)) {
      byId(id).onclick = () => {
        const peer = this.chosen;
        if (peer !== undefined) attempt(() => act(desk, peer));
      };
    }
    desk.device.peers.onChange(() => this.show());
    desk.history.onChange(() => this.peers.show(this.chosenId));
    window.addEventListener('online', () => desk.device.link.wake(), { signal: life });
    window.addEventListener('hashchange', () => this.pairFromAddress(), { signal: life });
  }

  private get chosen(): Peer | undefined {
    return this.desk.device.peers.get(this.chosenId ?? '');
  }

  private choose(peer: Peer | undefined): void {
    this.chosenId = peer?.id;
    this.show();
    byId(peer === undefined ? 'pair' : 'text').focus();
  }

  private show(): void {
    if (this.life.aborted) return;
    const peer = this.chosen;
    this.chosenId = peer?.id;
    this.peers.show(peer?.id);
    byId('desk').dataset.view = peer === undefined ? 'list' : 'talk';
    byId('talk-with').hidden = peer === undefined;
    byId('nobody-chosen').hidden = peer !== undefined;
    byId('introduce').hidden = peer?.kind === 'legacy';
    if (peer !== undefined) this.conversation.show(peer);
  }

  /** What a QR code led here with. Taken out of the address at once: a code is a secret while it lasts. */
  private pairFromAddress(): void {
    const text = location.hash.slice(1);
    if (text === '') return;
    history.replaceState(null, '', location.pathname);
    const isCode = readPairingUri(text) !== undefined || !('fault' in readCode(text));
    if (isCode) this.pairing.open(text);
    else notice('The link that led here has no code in it that could be read: type the code.');
  }
}

function showPanels(): void {
  byId('standing').hidden = true;
  for (const id of ['desk', 'link', 'this-device']) byId(id).hidden = false;
  document.body.dataset.state = 'open';
}
