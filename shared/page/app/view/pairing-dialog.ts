import {
  countdownText,
  type LegacyQuestion,
  type PairingAnswer,
  type PairingCallOptions,
  type PairingQuestion,
  type Peer,
  pairingUri,
  shownName,
} from '@openrelay/client';
import type { Desk } from '../device/desk';
import { sentenceOf } from '../device/sentence';
import { byId, setText } from './elements';
import { notice } from './notices';
import { PairingQuestionView } from './pairing-question-view';
import { qrCode } from './qr-code';
import { readTypedCode } from './typed-code';

type Way = 'show' | 'enter' | 'id' | 'app';

const ways: readonly Way[] = ['show', 'enter', 'id', 'app'];

/** Pairs this device: with a code that it shows or takes, by an id and six digits, or with a Windows app. */
export class PairingDialog {
  private readonly dialog = byId<HTMLDialogElement>('pairing');
  private readonly question = new PairingQuestionView((sentence) => this.say(sentence));
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
    const { id } = desk.device.identity;
    for (const way of ways) byId(`way-${way}`).onchange = () => this.choose(way);
    byId('pairing-close').onclick = () => this.dialog.close();
    byId('new-code').onclick = () => this.choose('show');
    byId('enter-form').onsubmit = (event) => this.enter(event);
    byId('id-form').onsubmit = (event) => this.enterId(event);
    byId('app-form').onsubmit = (event) => this.enterApp(event);
    byId('app-waits').onclick = () => this.begin((signal) => this.awaitApp(signal), 'Opening for the app…');
    this.dialog.onclose = () => this.end();
    for (const button of document.querySelectorAll<HTMLButtonElement>('button.copy-own-id')) {
      button.onclick = () => void this.copyId(id);
    }
    for (const place of document.querySelectorAll('.own-id code')) setText(place, id);
  }

  /** @param linked a code that a link brought: the user still has to say yes */
  open(linked?: string): void {
    byId<HTMLInputElement>('code').value = linked ?? '';
    for (const id of ['other-id', 'app-id']) byId<HTMLInputElement>(id).value = '';
    byId('from-link').hidden = linked === undefined;
    const way: Way = linked === undefined ? 'show' : 'enter';
    byId<HTMLInputElement>(`way-${way}`).checked = true;
    if (!this.dialog.open) this.dialog.showModal();
    this.choose(way);
  }

  private choose(way: Way): void {
    this.end();
    this.under = new AbortController();
    for (const each of ways) byId(`pair-${each}`).hidden = each !== way;
    this.showWays();
    this.say('');
    if (way === 'show') void this.run((signal) => this.showCode(signal));
    if (way === 'enter') byId('code').focus();
    if (way === 'id') this.answerIds();
  }

  private end(): void {
    this.under.abort();
    this.question.refuse();
    this.stopAnswers();
    this.hideCode();
  }

  private hideCode(): void {
    clearInterval(this.timer);
    byId('code-shown').hidden = true;
    byId('own-code').replaceChildren();
    byId('qr').replaceChildren();
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
    this.showWays();
    this.hideCode();
    byId('new-code').hidden = false;
    this.say(sentenceOf(error), 'wrong');
  }

  private showWays(): void {
    this.question.hide();
    byId('ways').hidden = false;
  }

  private async showCode(signal: AbortSignal): Promise<Peer> {
    byId('new-code').hidden = true;
    this.say('Making a code…');
    const { text, code, expiresAt, paired } = await this.desk.device.pairing.hostCode({ ask: this.ask, signal });
    setText(byId('own-code'), text);
    const link = new URL(location.pathname, location.href);
    link.hash = pairingUri({ relay: this.relayUrl, code });
    byId('qr').replaceChildren(qrCode(link.href));
    byId('code-shown').hidden = false;
    this.say('');
    const tick = () => setText(byId('code-left'), `For one device, for ${countdownText(expiresAt - Date.now())}`);
    tick();
    this.timer = setInterval(tick, 1_000);
    return paired;
  }

  private enter(event: Event): void {
    event.preventDefault();
    const typed = readTypedCode(byId<HTMLInputElement>('code').value, this.relayUrl);
    if ('fault' in typed) this.say(typed.fault, 'wrong');
    else this.begin((signal) => this.desk.device.pairing.joinCode(typed.code, this.calls(signal)));
  }

  private enterId(event: Event): void {
    event.preventDefault();
    const { value } = byId<HTMLInputElement>('other-id');
    this.begin((signal) => this.desk.device.pairing.joinDevice(value.trim(), this.calls(signal)));
  }

  private calls(signal: AbortSignal): PairingCallOptions {
    return { ask: this.ask, signal, onAbsent: () => this.say('Nobody answers yet: asking again…') };
  }

  private enterApp(event: Event): void {
    event.preventDefault();
    const { value } = byId<HTMLInputElement>('app-id');
    const onAsked = (status: 'delivered' | 'queued') => {
      const away = 'The app is not connected: it is asked when it is, within five minutes. Copy something there.';
      this.say(status === 'queued' ? away : 'The app shows a question: accept there.');
    };
    this.begin((signal) => this.desk.device.windowsApp.pair(value.trim(), { signal, onAsked }));
  }

  private awaitApp(signal: AbortSignal): Promise<Peer> {
    const ask = (question: LegacyQuestion) => this.question.askAboutApp(question);
    const onReady = () => this.say('Within five minutes: in the app, Add Device (Relay), and the id above.');
    return this.desk.device.windowsApp.awaitRequest({ ask, signal, onReady });
  }

  private begin(pair: (signal: AbortSignal) => Promise<Peer>, sentence = 'Pairing…'): void {
    this.under.abort();
    this.under = new AbortController();
    this.say(sentence);
    void this.run(pair);
  }

  private answerIds(): void {
    this.stopAnswers = this.desk.device.pairing.answerDevices({
      ask: this.ask,
      paired: (peer) => this.succeed(peer),
      failed: (error) => this.fail(error),
    });
  }

  private readonly ask = (question: PairingQuestion): Promise<PairingAnswer> => this.question.ask(question);

  private async copyId(id: string): Promise<void> {
    const copied = navigator.clipboard.writeText(id).then(() => 'Copied.');
    this.say(await copied.catch(() => 'The browser did not let this page write the clipboard: select the id instead.'));
  }

  private say(sentence: string, tone: 'quiet' | 'wrong' = 'quiet'): void {
    const line = byId('pairing-says');
    line.dataset.tone = tone;
    setText(line, sentence);
  }
}
