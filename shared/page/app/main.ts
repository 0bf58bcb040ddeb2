/** The page: a browser as a device. */
import { DeskPage } from './desk-page';
import { Desk } from './device/desk';
import { DeviceRequest, type Held } from './device/one-tab';
import { firstName, ownRelay } from './device/own-relay';
import { sentenceOf } from './device/sentence';
import { keepPage } from './keep-page';
import { byId, setText } from './view/elements';
import { notice } from './view/notices';

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
  new DeskPage(desk, relayUrl, life.signal).open();
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
