/** The page: a browser as a device. */
import { type Peer, readCode, readPairingUri } from '@openrelay/client';
import { Desk } from './device/desk';
import { DeviceRequest, type Held } from './device/one-tab';
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
/** A page that is loaded again may come before the browser has let go of the one before. */
const patienceMs = 1_500;
/** A tab lets go within two seconds, unless the browser has put it to sleep. */
const askedMs = 10_000;

void keepPage(); // never rejects
void start({ title: 'Another tab has this device', sayAfterMs: patienceMs }); // never rejects

/** @param elsewhere what is said while another tab has the device */
async function start(elsewhere: { title: string; sayAfterMs: number }): Promise<void> {
  try {
    refuseOpenPages();
    const request = new DeviceRequest();
    const timer = setTimeout(() => showElsewhere(elsewhere.title, request), elsewhere.sayAfterMs);
    const held = await request.held;
    clearTimeout(timer);
    stand('Opening', 'Reading what this browser keeps.');
    await use(held).finally(held.release);
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

async function use({ wanted }: Held): Promise<void> {
  const desk = await Desk.open({ relayUrl, name: firstName(navigator.userAgent), databases, notice });
  const life = new AbortController();
  showDesk(desk, life.signal);
  const end = await Promise.race([wanted.then(() => 'wanted'), desk.database.gone.then(() => 'gone')]);
  life.abort();
  await desk.close();
  // Begins to wait before this tab has let go.
  if (end === 'wanted')
    void start({ title: 'Another tab has this device now', sayAfterMs: 0 }); // never rejects
  else stand('The browser has deleted what this page kept', 'Load it again: it begins as a new device, without peers.');
}

function showElsewhere(title: string, request: DeviceRequest): void {
  stand(
    title,
    'One tab has it at a time, so that no message is numbered twice. This one goes on when that one is closed.',
  );
  const take = byId<HTMLButtonElement>('take-over');
  take.hidden = false;
  take.onclick = () => {
    take.hidden = true;
    request.ask();
    const unheard = setTimeout(
      () => setText(byId('standing-text'), 'The other tab does not answer: close it.'),
      askedMs,
    );
    void request.held.then(() => clearTimeout(unheard));
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

/** @param life ends when another tab has the device */
function showDesk(desk: Desk, life: AbortSignal): void {
  const { device, history } = desk;
  let chosen: string | undefined;
  const conversation = new Conversation(desk);
  const peers = new PeerList(desk, (peer) => choose(peer));
  const pairing = new PairingDialog(desk, relayUrl, (peer) => choose(peer));
  const show = (): void => {
    if (life.aborted) return;
    const peer = device.peers.get(chosen ?? '');
    if (peer === undefined) chosen = undefined;
    peers.show(chosen);
    byId('desk').dataset.view = peer === undefined ? 'list' : 'talk';
    byId('talk-with').hidden = peer === undefined;
    byId('nobody-chosen').hidden = peer !== undefined;
    byId('introduce').hidden = peer?.kind === 'legacy';
    if (peer !== undefined) conversation.show(peer);
  };
  const choose = (peer: Peer | undefined): void => {
    chosen = peer?.id;
    show();
    byId(peer === undefined ? 'pair' : 'text').focus();
  };
  startAsking();
  startComposer(desk, () => chosen, life);
  new LinkLine(device, life);
  setText(byId('this-name'), device.identity.name);
  byId('rename-this').onclick = () => attempt(() => renameThis(desk));
  byId('pair').onclick = () => pairing.open();
  byId('back').onclick = () => choose(undefined);
  const actions = { rename: renamePeer, introduce: introducePeer, forget: forgetPeer };
  for (const [id, act] of Object.entries(actions)) {
    byId(id).onclick = () => {
      const peer = device.peers.get(chosen ?? '');
      if (peer !== undefined) attempt(() => act(desk, peer));
    };
  }
  device.peers.onChange(show);
  history.onChange(() => peers.show(chosen));
  window.addEventListener('online', () => device.link.wake(), { signal: life });
  showOpen();
  const isWide = matchMedia('(min-width: 761px)').matches;
  if (device.peers.list().length === 1 && isWide) chosen = device.peers.list()[0]!.id;
  show();
  const openLinked = () => pairFromAddress(pairing);
  window.addEventListener('hashchange', openLinked, { signal: life });
  openLinked();
}

function showOpen(): void {
  byId('standing').hidden = true;
  for (const id of ['desk', 'link', 'this-device']) byId(id).hidden = false;
  document.body.dataset.state = 'open';
}

/** What a QR code led here with. Taken out of the address at once: a code is a secret while it lasts. */
function pairFromAddress(pairing: PairingDialog): void {
  const text = location.hash.slice(1);
  if (text === '') return;
  history.replaceState(null, '', location.pathname);
  const isCode = readPairingUri(text) !== undefined || !('fault' in readCode(text));
  if (isCode) pairing.open(text);
  else notice('The link that led here has no code in it that could be read: type the code.');
}
