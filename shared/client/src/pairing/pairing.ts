import { erase, type RandomBytes, randomBytes } from '../crypto/index';
import { deviceIdOf } from '../peers/device-id';
import { mayIntroduceOncePaired, type Peer } from '../peers/index';
import { BeingKept } from './being-kept';
import { codeText, type PairingCode, randomWords, readCode, rendezvousId } from './code/pairing-code';
import { CodeHost } from './code-host';
import { takeCodeNumber } from './code-number';
import { Conversation, type ConversationOptions, type Outcome } from './conversation';
import { codeKeyExchange, digitsKeyExchange, type KeyExchange } from './exchange/key-exchange';
import { PairingError } from './exchange/pairing-error';
import { PairingExchange } from './exchange/pairing-exchange';
import type { AuthFrame } from './exchange/pairing-link';
import type { PairingRole } from './exchange/pairing-role';
import { OpeningBudget } from './opening-budget';
import type { HostedCode, PairingAnswers, PairingCallOptions, PairingParts, PairingTimes } from './pairing-parts';
import { type Guest, Reception } from './reception';

const defaultTimes: PairingTimes = { lifetimeMs: 5 * 60_000, answerMs: 30_000, probeMs: 3_000, repeatMs: 350 };

type Start = Pick<ConversationOptions, 'link' | 'peerId' | 'mode' | 'exchange'>;

/**
 * Pairs this device with others, one at a time. What it promises rejects with a PairingError, whose message is for the user;
 * errors of the store and of a connection that does not come about pass through.
 */
export class Pairing {
  private readonly times: PairingTimes;
  private readonly random: RandomBytes;
  private readonly now: () => number;
  private readonly reception: Reception;
  private readonly closing = new AbortController();
  private readonly beingKept = new BeingKept();
  private readonly openings = new OpeningBudget();
  private answers: PairingAnswers | undefined;
  private state: 'idle' | 'pairing' = 'idle';
  /** Who has begun the pairing by digits that is going on. */
  private admitted: string | undefined;

  constructor(private readonly parts: PairingParts) {
    this.times = { ...defaultTimes, ...parts.times };
    this.random = parts.random ?? randomBytes;
    this.now = parts.now ?? Date.now;
    const admit = (peerId: string, frame: AuthFrame) => this.admit(peerId, frame);
    this.reception = new Reception({ link: parts.link, now: this.now, admit });
  }

  /** Makes a code and waits under it, for one try and five minutes. */
  async hostCode(options: PairingCallOptions): Promise<HostedCode> {
    this.occupy();
    try {
      const { outcome, code } = await this.waitUnderCode(options);
      const paired = this.kept(outcome).finally(() => this.release());
      // Who has not begun to wait for it is no reason to end the process.
      paired.catch(() => {});
      return { code, text: codeText(code), expiresAt: this.now() + this.times.lifetimeMs, paired };
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** @param text as a person typed it */
  async joinCode(text: string, options: PairingCallOptions): Promise<Peer> {
    const code = readCode(text);
    if ('fault' in code) throw new PairingError('unreadable-code', code.fault);
    const { link } = this.parts;
    const peerId = rendezvousId(code.number);
    return this.alone(peerId, async () => {
      const ids = { joiner: link.id.toUpperCase(), host: peerId };
      const exchange = this.exchange('joiner', codeKeyExchange({ role: 'joiner', code, ids, random: this.random }));
      return this.join({ id: peerId, conversation: this.converse({ link, peerId, mode: 'code', exchange }, options) });
    });
  }

  /** Without a code: both users compare six digits. @param id of the other device, in either case */
  async joinDevice(id: string, options: PairingCallOptions): Promise<Peer> {
    const peerId = deviceIdOf(id);
    if (peerId === undefined) throw new PairingError('unreadable-id');
    if (peerId === this.parts.identity.id) throw new PairingError('itself');
    const { link } = this.parts;
    return this.alone(peerId, async () => {
      const exchange = await this.digitsExchange('joiner', peerId);
      const conversation = this.converse({ link, peerId, mode: 'digits', exchange }, options);
      return this.join({ id: peerId, conversation, giveWay: () => this.digitsExchange('host', peerId) });
    });
  }

  /**
   * Takes part in pairings by digits that others begin, until what it returns is called. Whoever begins one learns this device's
   * name and keys, and makes it ask its user: so let the user start this. Ten an hour; the others hear `busy`.
   */
  answerDevices(answers: PairingAnswers): () => void {
    this.answers = answers;
    return () => {
      if (this.answers === answers) this.answers = undefined;
    };
  }

  /**
   * Resolves at once, unless a pairing with this device is just being kept, whose first message may be faster than the store; then
   * when that is done, after 10 s at the latest.
   */
  whenKept(id: string): Promise<void> {
    return this.beingKept.wait(id);
  }

  /** Cancels whatever is underway. */
  close(): void {
    this.closing.abort();
    this.reception.close();
  }

  private async waitUnderCode(options: PairingCallOptions): Promise<{ outcome: Promise<Outcome>; code: PairingCode }> {
    const { random, times } = this;
    const { link, number } = await takeCodeNumber({ ...this.parts, random, waitMs: times.probeMs });
    const code: PairingCode = { number, words: randomWords(random) };
    const hostId = rendezvousId(number);
    const converse = (peerId: string) => {
      const keys = codeKeyExchange({ role: 'host', code, ids: { joiner: peerId, host: hostId }, random: this.random });
      const exchange = this.exchange('host', keys, peerId);
      return this.converse({ link, peerId, mode: 'code', exchange }, options);
    };
    const host = new CodeHost({ link, lifetimeMs: this.times.lifetimeMs, signal: this.signalOf(options), converse });
    return { outcome: host.outcome, code };
  }

  private async join(guest: Guest): Promise<Peer> {
    const leave = this.reception.seat(guest);
    guest.conversation.begin();
    return this.kept(guest.conversation.outcome.finally(leave));
  }

  private admit(peerId: string, frame: AuthFrame): 'admitted' | 'busy' | 'not-waiting' {
    const { answers } = this;
    // Of one who is on its way in, since a relay may say it twice.
    if (this.admitted === peerId) return 'admitted';
    if (this.state === 'pairing') return 'busy';
    if (answers === undefined) return 'not-waiting';
    if (this.openings.take(this.now()) === 'used-up') return 'busy';
    this.occupy();
    this.admitted = peerId;
    void this.host(peerId, frame, answers)
      .finally(() => this.release())
      .then(answers.paired, answers.failed);
    return 'admitted';
  }

  private async host(peerId: string, frame: AuthFrame, { ask }: PairingAnswers): Promise<Peer> {
    return this.expecting(peerId, async () => {
      const exchange = await this.digitsExchange('host', peerId);
      const conversation = this.converse({ link: this.parts.link, peerId, mode: 'digits', exchange }, { ask });
      const leave = this.reception.seat({ id: peerId, conversation });
      conversation.handle(frame);
      return this.kept(conversation.outcome.finally(leave));
    });
  }

  private async digitsExchange(role: PairingRole, peerId: string): Promise<PairingExchange> {
    return this.exchange(role, await digitsKeyExchange(this.random), peerId);
  }

  private exchange(role: PairingRole, keys: KeyExchange, peerId?: string): PairingExchange {
    return new PairingExchange(role, { identity: this.parts.identity, keys, peerId, random: this.random });
  }

  private converse(start: Start, options: PairingCallOptions): Conversation {
    const { lifetimeMs, answerMs, repeatMs } = this.times;
    const known = (id: string) => this.parts.peers.get(id);
    return new Conversation({
      ...start,
      ask: options.ask,
      signal: this.signalOf(options),
      known,
      trusting: (id) => this.beingKept.begin(id),
      lifetimeMs,
      answerMs,
      repeatMs,
      onAbsent: options.onAbsent,
    });
  }

  private signalOf({ signal }: PairingCallOptions): AbortSignal {
    return signal === undefined ? this.closing.signal : AbortSignal.any([signal, this.closing.signal]);
  }

  private async kept(outcome: Promise<Outcome>): Promise<Peer> {
    const { peer: shown, secrets } = await outcome;
    const mayIntroduce = mayIntroduceOncePaired(this.parts.peers.get(shown.id));
    const peer: Peer = { ...shown, since: this.now(), kind: 'paired', mayIntroduce };
    try {
      await this.parts.keep(peer, secrets);
      return this.parts.peers.get(peer.id) ?? peer;
    } finally {
      secrets.ephemeral.erase();
      erase(secrets.pairingKey);
    }
  }

  private async alone<Result>(peerId: string, pair: () => Promise<Result>): Promise<Result> {
    this.occupy();
    try {
      return await this.expecting(peerId, pair);
    } finally {
      this.release();
    }
  }

  /** A relay that can't be told lets through what it lets through. */
  private async expecting<Result>(peerId: string, pair: () => Promise<Result>): Promise<Result> {
    const expect = async (id: string | undefined): Promise<void> => this.parts.expect?.(id).catch(() => {});
    await expect(peerId);
    return pair().finally(() => void expect(undefined));
  }

  private occupy(): void {
    if (this.state === 'pairing') throw new PairingError('busy-here');
    this.state = 'pairing';
  }

  private release(): void {
    this.state = 'idle';
    this.admitted = undefined;
    this.beingKept.end();
  }
}
