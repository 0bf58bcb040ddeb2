import {
  type PairingAnswer,
  type PairingQuestion,
  type Peer,
  pairingUri,
  readPairingUri,
  shownName,
} from '@openrelay/client';
import type { Desk } from '../device/desk';
import { sentenceOf } from '../device/sentence';
import { byId, setText } from './elements';
import { notice } from './notices';
import { qrCode } from './qr-code';
import { clockWords } from './words';

type Way = 'show' | 'enter' | 'id';

const ways: readonly Way[] = ['show', 'enter', 'id'];

/** Pairs this device: with a code that it shows or takes, or by an id and six digits. */
export class PairingDialog {
  private readonly dialog = byId<HTMLDialogElement>('pairing');
  private under = new AbortController();
  /** What was begun before: one pairing at a time. */
  private last: Promise<unknown> = Promise.resolve();
  private stopAnswers: () => void = () => {};
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly desk: Desk,
    private readonly relayUrl: string,
    private readonly paired: (peer: Peer) => void,
  ) {
    for (const way of ways) byId(`way-${way}`).addEventListener('change', () => this.choose(way));
    byId('pairing-close').addEventListener('click', () => this.dialog.close());
    byId('new-code').addEventListener('click', () => this.choose('show'));
    byId('copy-own-id').addEventListener('click', () => void navigator.clipboard.writeText(desk.device.identity.id));
    byId('enter-form').addEventListener('submit', (event) => this.enter(event));
    byId('id-form').addEventListener('submit', (event) => this.enterId(event));
    this.dialog.addEventListener('close', () => this.end());
    setText(byId('own-id'), desk.device.identity.id);
  }

  /** @param code typed already, as from a link: the user still has to say yes */
  open(code?: string): void {
    byId<HTMLInputElement>('code').value = code ?? '';
    byId<HTMLInputElement>('other-id').value = '';
    const way: Way = code === undefined ? 'show' : 'enter';
    byId<HTMLInputElement>(`way-${way}`).checked = true;
    this.dialog.showModal();
    this.choose(way);
  }

  private choose(way: Way): void {
    this.end();
    this.under = new AbortController();
    for (const each of ways) byId(`pair-${each}`).hidden = each !== way;
    byId('question').hidden = true;
    byId('ways').hidden = false;
    this.say('');
    if (way === 'show') void this.run((signal) => this.showCode(signal));
    if (way === 'enter') byId('code').focus();
    if (way === 'id') this.answerIds();
  }

  private end(): void {
    this.under.abort();
    this.stopAnswers();
    clearInterval(this.timer);
  }

  private async run(pair: (signal: AbortSignal) => Promise<Peer>): Promise<void> {
    const { signal } = this.under;
    const before = this.last;
    const running = before.then(() => {
      if (signal.aborted) throw signal.reason;
      return pair(signal);
    });
    this.last = running.catch(() => {});
    try {
      this.succeed(await running);
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    }
  }

  private succeed(peer: Peer): void {
    this.dialog.close();
    notice(`Paired with ${shownName(peer)}.`);
    void navigator.storage.persist?.();
    this.paired(peer);
  }

  private fail(error: unknown): void {
    byId('question').hidden = true;
    byId('ways').hidden = false;
    byId('code-shown').hidden = true;
    byId('new-code').hidden = false;
    clearInterval(this.timer);
    this.say(sentenceOf(error), 'wrong');
  }

  private async showCode(signal: AbortSignal): Promise<Peer> {
    byId('code-shown').hidden = true;
    byId('new-code').hidden = true;
    this.say('Making a code…');
    const { text, code, expiresAt, paired } = await this.desk.device.pairing.hostCode({ ask: this.ask, signal });
    setText(byId('own-code'), text);
    const link = new URL(location.pathname, location.href);
    link.hash = pairingUri({ relay: this.relayUrl, code });
    byId('qr').replaceChildren(qrCode(link.href));
    byId('code-shown').hidden = false;
    this.say('');
    const tick = () => setText(byId('code-left'), `For one device, for ${clockWords(expiresAt - Date.now())}`);
    tick();
    this.timer = setInterval(tick, 1_000);
    return paired;
  }

  private enter(event: Event): void {
    event.preventDefault();
    const typed = byId<HTMLInputElement>('code').value;
    const linked = readPairingUri(typed.slice(Math.max(0, typed.indexOf('openrelay:'))));
    if (linked !== undefined && linked.relay !== this.relayUrl) {
      this.say(`This code is of another relay (${new URL(linked.relay).host}): open the page of that one.`, 'wrong');
      return;
    }
    const text = linked === undefined ? typed : [linked.code.number, ...linked.code.words].join('-');
    this.begin((signal) => this.desk.device.pairing.joinCode(text, { ask: this.ask, signal }));
  }

  private enterId(event: Event): void {
    event.preventDefault();
    const { value } = byId<HTMLInputElement>('other-id');
    this.begin((signal) => this.desk.device.pairing.joinDevice(value.trim(), { ask: this.ask, signal }));
  }

  private begin(pair: (signal: AbortSignal) => Promise<Peer>): void {
    this.say('Pairing…');
    void this.run(pair);
  }

  private answerIds(): void {
    this.stopAnswers = this.desk.device.pairing.answerDevices({
      ask: this.ask,
      paired: (peer) => this.succeed(peer),
      failed: (error) => this.fail(error),
    });
  }

  private readonly ask = ({ about, peer, digits, replaces, signal }: PairingQuestion): Promise<PairingAnswer> => {
    const known = replaces === undefined ? '' : ' It is paired already: a yes replaces its keys.';
    const compare = `Does ${peer.name} show the same six digits?`;
    setText(byId('question-text'), about === 'digits' ? compare + known : `${peer.name} has new keys. Trust them?`);
    setText(byId('digits'), about === 'digits' ? digits : '');
    byId('ways').hidden = true;
    byId('question').hidden = false;
    this.say('');
    const yes = byId('answer-yes');
    setText(yes, about === 'digits' ? 'They are the same' : 'Trust the new keys');
    byId('answer-differ').hidden = about !== 'digits';
    yes.focus();
    return new Promise((resolve) => {
      const answer = (given: PairingAnswer) => {
        byId('question').hidden = true;
        this.say('Waiting for the other device…');
        resolve(given);
      };
      yes.onclick = () => answer('trust');
      byId('answer-differ').onclick = () => answer('digits-differ');
      byId('answer-no').onclick = () => answer('refuse');
      signal.addEventListener('abort', () => resolve('refuse'), { once: true });
    });
  };

  private say(sentence: string, tone: 'quiet' | 'wrong' = 'quiet'): void {
    const line = byId('pairing-says');
    line.dataset.tone = tone;
    setText(line, sentence);
  }
}
