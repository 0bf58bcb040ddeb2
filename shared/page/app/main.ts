/** The page: a browser as a device. */
import { type Peer, readPairingUri } from '@openrelay/client';
import { Desk } from './device/desk';
import { type Held, holdDevice } from './device/one-tab';
import { firstName, ownRelay } from './device/own-relay';
import { sentenceOf } from './device/sentence';
import { keepPage } from './keep-page';
import { startAsking } from './view/ask';
import { startComposer } from './view/composer';
import { attempt, Conversation } from './view/conversation';
import { byId, setText } from './view/elements';
import { LinkLine } from './view/link-line';
import { notice } from './view/notices';
import { PairingDialog } from './view/pairing-dialog';
import { forgetPeer, introducePeer, renamePeer, renameThis } from './view/peer-actions';
import { PeerList } from './view/peer-list';

const relayUrl = ownRelay(location.href);
const databases = { device: 'openrelay-device', page: 'openrelay-page' };

void keepPage(); // never rejects
void start('free'); // never rejects

async function start(when: 'free' | 'asked for'): Promise<void> {
  try {
    refuseOpenPages();
    const held = await holdDevice(when);
    if (held === 'held elsewhere') showElsewhere();
    else await use(held);
  } catch (error) {
    stand('The page cannot be a device here', sentenceOf(error));
  }
}

function refuseOpenPages(): void {
  if (isSecureContext) return;
  throw new Error(
    'Browsers keep keys only for pages that come over HTTPS, or from this machine: open it as https://… or http://localhost….',
  );
}

async function use(held: Held): Promise<void> {
  const desk = await Desk.open({ relayUrl, name: firstName(navigator.userAgent), databases, notice });
  showDesk(desk);
  await held.wanted;
  await desk.close();
  held.release();
  stand('This device moved to another tab', 'One tab has it at a time. Load this page to have it here again.');
}

function showElsewhere(): void {
  stand('Another tab has this device', 'One tab has it at a time, so that no message is numbered twice.');
  const take = byId<HTMLButtonElement>('take-over');
  take.hidden = false;
  take.onclick = () => {
    take.hidden = true;
    void start('asked for');
  };
}

/** In place of everything else. */
function stand(title: string, sentence: string): void {
  byId('take-over').hidden = true;
  byId('desk').hidden = true;
  byId('link').hidden = true;
  byId('this-device').hidden = true;
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  byId('standing').hidden = false;
  setText(byId('standing-title'), title);
  setText(byId('standing-text'), sentence);
  document.body.dataset.state = 'standing';
}

function showDesk(desk: Desk): void {
  const { device, history } = desk;
  let chosen: string | undefined;
  const conversation = new Conversation(desk);
  const peers = new PeerList(desk, (peer) => choose(peer));
  const pairing = new PairingDialog(desk, relayUrl, (peer) => choose(peer));
  const show = (): void => {
    const peer = device.peers.get(chosen ?? '');
    if (peer === undefined) chosen = undefined;
    peers.show(chosen);
    byId('desk').dataset.view = peer === undefined ? 'list' : 'talk';
    byId('talk-with').hidden = peer === undefined;
    byId('nobody-chosen').hidden = peer !== undefined;
    if (peer !== undefined) conversation.show(peer);
  };
  const choose = (peer: Peer | undefined): void => {
    chosen = peer?.id;
    show();
    if (peer !== undefined) byId('text').focus();
  };
  const withPeer = (act: (peer: Peer) => Promise<void>) => () => {
    const peer = device.peers.get(chosen ?? '');
    if (peer !== undefined) attempt(() => act(peer));
  };

  startAsking();
  startComposer(desk, () => chosen);
  new LinkLine(device);
  setText(byId('this-name'), device.identity.name);
  byId('rename-this').addEventListener('click', () => attempt(() => renameThis(desk)));
  byId('pair').addEventListener('click', () => pairing.open());
  byId('back').addEventListener('click', () => choose(undefined));
  byId('rename').addEventListener(
    'click',
    withPeer((peer) => renamePeer(desk, peer)),
  );
  byId('introduce').addEventListener(
    'click',
    withPeer((peer) => introducePeer(desk, peer)),
  );
  byId('forget').addEventListener(
    'click',
    withPeer((peer) => forgetPeer(desk, peer)),
  );
  device.peers.onChange(show);
  history.onChange(() => peers.show(chosen));
  window.addEventListener('online', () => device.link.wake());
  byId('standing').hidden = true;
  byId('desk').hidden = false;
  byId('link').hidden = false;
  byId('this-device').hidden = false;
  document.body.dataset.state = 'open';
  if (device.peers.list().length === 1 && matchMedia('(min-width: 761px)').matches) chosen = device.peers.list()[0]!.id;
  show();
  const openLinked = () => pairFromAddress(pairing);
  window.addEventListener('hashchange', openLinked);
  openLinked();
}

/** What a QR code led here with. Taken out of the address at once: a code is a secret while it lasts. */
function pairFromAddress(pairing: PairingDialog): void {
  const text = location.hash.slice(1);
  if (readPairingUri(text) === undefined) return;
  history.replaceState(null, '', location.pathname);
  pairing.open(text);
}
