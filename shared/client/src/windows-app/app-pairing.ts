import { isHardwareId } from '@openrelay/protocol';
import { equalBytes } from '../crypto/index';
import { deviceNameFault, type Peer, shownName } from '../peers/index';
import { pairingRequest, pairingResponse } from './app-frames';
import type { AppMessage } from './app-message';
import { Deadline } from './deadline';
import { WindowsAppError } from './windows-app-error';
import type { WindowsAppParts } from './windows-app-parts';

type Request = Extract<AppMessage, { is: 'request' }>;
type Response = Extract<AppMessage, { is: 'response' }>;

export type LegacyQuestion = {
  /** As the app calls itself. */
  readonly name: string;
  /** What the relay knows it by: the one thing that its user can compare. */
  readonly id: string;
  /** Whose key a yes replaces. */
  readonly replaces: Peer | undefined;
  /** Aborted when the answer no longer matters: the app waits for 25 s. */
  readonly signal: AbortSignal;
};

export type AskAboutApp = (question: LegacyQuestion) => Promise<'trust' | 'refuse'>;

export type PairAppOptions = {
  readonly signal?: AbortSignal | undefined;
  /** `queued`: the app is not connected, and gets the request when it is, for five minutes. */
  readonly onAsked?: ((status: 'delivered' | 'queued') => void) | undefined;
};

export type AwaitAppOptions = {
  readonly ask: AskAboutApp;
  readonly signal?: AbortSignal | undefined;
  /** The relay lets the app through now: its user may begin. */
  readonly onReady?: (() => void) | undefined;
};

/** As long as the relay keeps the request. */
const answerMs = 5 * 60_000;
/** The app waits for 30 s, its user's and ours, and takes no later answer. */
const decideMs = 25_000;
const confirmMs = 30_000;

type Awaited = {
  readonly requestId: string;
  readonly address: string;
  readonly answered: (response: Response) => void;
};
type Asked = { readonly request: Request; readonly address: string; readonly at: number };
type Window = { readonly asked: (asked: Asked) => void };

/** Pairs with a Windows app, whose way of doing so lets the relay read the key. One pairing at a time. */
export class AppPairing {
  private awaited: Awaited | undefined;
  private window: Window | undefined;

  constructor(private readonly parts: WindowsAppParts & { readonly forget: (id: string) => Promise<void> }) {}

  /** Whom the relay must let through now, beside the peers. */
  get awaits(): 'nobody' | 'anyone' | { readonly id: string } {
    if (this.window !== undefined) return 'anyone';
    return this.awaited === undefined ? 'nobody' : { id: this.awaited.address };
  }

  /** This device asks. @param typed the app's relay id, as its user copied it */
  async pair(typed: string, { signal, onAsked }: PairAppOptions = {}): Promise<Peer> {
    const address = this.checkedAddress(typed);
    this.refuseWhenBusy();
    const { name, localId, key } = await this.request(address, { signal, onAsked, forMs: answerMs });
    return this.keep({ address, name, localId, key });
  }

  /** The app asks: resolves with the first whom the user trusted. */
  async awaitRequest({ ask, signal, onReady }: AwaitAppOptions): Promise<Peer> {
    this.refuseWhenBusy();
    const deadline = new Deadline(answerMs, signal, 'No Windows app asked within five minutes: begin again.');
    try {
      const asked = await deadline.race(this.openWindow(onReady));
      return await this.answer(asked, ask, signal);
    } finally {
      deadline.end();
      this.closeWindow();
    }
  }

  /** `unasked`: nobody waits for it. */
  requested(request: Request, address: string): 'taken' | 'unasked' {
    if (this.window === undefined) return 'unasked';
    this.window.asked({ request, address, at: this.parts.now() });
    return 'taken';
  }

  answered(response: Response, address: string): 'taken' | 'unasked' {
    const { awaited } = this;
    if (awaited?.requestId !== response.requestId || awaited.address.toUpperCase() !== address.toUpperCase())
      return 'unasked';
    awaited.answered(response);
    return 'taken';
  }

  private checkedAddress(typed: string): string {
    const address = typed.trim();
    const { identity, peers } = this.parts;
    if (!isHardwareId(address)) {
      const sentence =
        'That is no id of a Windows app: it has 64 hex digits (or 32), and the app shows it as "Your Relay Device ID".';
      throw new WindowsAppError('no-id', sentence);
    }
    if (address.toUpperCase() === identity.id) throw new WindowsAppError('no-id', 'That is this device’s own id.');
    const known = peers.get(address);
    if (known !== undefined && known.kind !== 'legacy') throw betterPaired(known);
    return address;
  }

  private refuseWhenBusy(): void {
    if (this.awaits === 'nobody') return;
    throw new WindowsAppError(
      'busy',
      'Another pairing with a Windows app is under way: wait for its end, or cancel it.',
    );
  }

  /** Sent once: each further one would open another dialog. */
  private async request(address: string, { signal, onAsked, forMs }: PairAppOptions & { forMs: number }) {
    const { identity, newId, outbox } = this.parts;
    const requestId = newId();
    const late = 'The Windows app did not answer in time: is it running and connected, and its user there? Try again.';
    const deadline = new Deadline(forMs, signal, late);
    try {
      const answer = new Promise<Response>((answered) => {
        this.awaited = { requestId, address, answered };
      });
      await deadline.race(this.parts.awaiting());
      const data = pairingRequest(identity, requestId);
      const { status } = await deadline.race(
        outbox.send({
          recipientId: address,
          data,
          ttlSeconds: answerMs / 1000,
          contentType: 'Text',
          signal: deadline.signal,
        }),
      );
      onAsked?.(status ?? 'delivered');
      return acceptedBy(await deadline.race(answer));
    } finally {
      deadline.end();
      this.awaited = undefined;
      // The relay hears of it now or at the next connection.
      this.parts.awaiting().catch(() => {});
    }
  }

  private async openWindow(onReady: (() => void) | undefined): Promise<Asked> {
    const first = new Promise<Asked>((asked) => {
      this.window = { asked };
    });
    await this.parts.awaiting();
    onReady?.();
    return first;
  }

  private closeWindow(): void {
    this.window = undefined;
    this.parts.awaiting().catch(() => {});
  }

  private async answer(asked: Asked, ask: AskAboutApp, signal: AbortSignal | undefined): Promise<Peer> {
    const { request, address, at } = asked;
    const { identity, outbox, peers, random, now } = this.parts;
    const replaces = peers.get(address);
    if (replaces !== undefined && replaces.kind !== 'legacy') throw betterPaired(replaces);
    const late = 'The Windows app waits for 25 s, and those are over: begin again there.';
    const deadline = new Deadline(Math.max(0, at + decideMs - now()), signal, late);
    const send = (key: Uint8Array | undefined) =>
      outbox.send({
        recipientId: address,
        data: pairingResponse(identity, request.requestId, key),
        ttlSeconds: 30,
        contentType: 'Text',
        signal: deadline.signal,
      });
    try {
      const question = { name: cleanName(request.name), id: address.toUpperCase(), replaces, signal: deadline.signal };
      const verdict = await deadline.race(ask(question).catch(() => 'refuse' as const));
      if (verdict === 'refuse') {
        await deadline.race(send(undefined));
        throw new WindowsAppError('declined', `The pairing with ${question.name} was refused here.`);
      }
      const key = random(32);
      await deadline.race(send(key));
      const peer = await this.keep({ address, name: request.name, localId: request.localId, key });
      return await this.confirm(peer, address, key, signal);
    } finally {
      deadline.end();
    }
  }

  /** A request of our own, which the app now accepts by itself: it tells the key that the app has, and makes it send to us. */
  private async confirm(peer: Peer, address: string, key: Uint8Array, signal: AbortSignal | undefined): Promise<Peer> {
    const theirs = await this.request(address, { signal, forMs: confirmMs });
    if (equalBytes(theirs.key, key)) return peer;
    await this.parts.forget(peer.id);
    throw new WindowsAppError(
      'key',
      `${shownName(peer)} has another key than it was given: remove this device there, and pair again.`,
    );
  }

  private async keep({
    address,
    name,
    localId,
    key,
  }: {
    address: string;
    name: string;
    localId: string;
    key: Uint8Array;
  }) {
    const { peers, records, now } = this.parts;
    const id = address.toUpperCase();
    const known = peers.get(id);
    if (known !== undefined && known.kind !== 'legacy') throw betterPaired(known);
    const record = { id, address, localId, key, keyId: records.get(id)?.keyId ?? 1 };
    const noKey = new Uint8Array(32);
    const peer = await peers.add(
      {
        id,
        name: cleanName(name),
        signing: noKey,
        agreement: noKey,
        since: now(),
        kind: 'legacy',
        mayIntroduce: false,
      },
      records.changeTo(record),
    );
    records.wrote(record);
    return peer;
  }
}

function acceptedBy({ verdict, name, localId, key }: Response): { name: string; localId: string; key: Uint8Array } {
  if (verdict === 'declined') throw new WindowsAppError('declined', 'The user of the Windows app declined.');
  if (key === undefined || localId === '') {
    throw new WindowsAppError('key', 'The Windows app accepted and sent no key: its version can’t be paired with.');
  }
  return { name, localId, key };
}

function betterPaired(peer: Peer): WindowsAppError {
  const sentence = `${shownName(peer)} is paired with messages that the relay can’t read, and stays so.`;
  return new WindowsAppError('better-paired', `${sentence} To pair it as a Windows app, forget it first.`);
}

/** A machine's name is nothing that was checked. */
function cleanName(name: string): string {
  const short = Array.from(name).slice(0, 64).join('');
  return deviceNameFault(short) === undefined ? short : 'Windows';
}
