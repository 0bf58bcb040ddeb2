import { OutboxFull } from '../delivery/delivery';
import type { Source, TransferPost } from './ports';
import { Quiet } from './quiet';
import { isOver, maySend, newSending, type Sending, sendingAfter } from './sending';
import { RunningHash } from './source-hash';
import type { Finished, Outcome, Progress } from './transfer-events';
import type { Offer, TransferHead } from './transfer-head';

export type OutgoingFileParts = {
  readonly post: TransferPost;
  readonly peerId: string;
  readonly offer: Offer;
  /** Opened when the peer has accepted. Rejects with a sentence. */
  readonly open: () => Promise<Source>;
  readonly progress: (progress: Progress) => void;
  readonly finished: (finished: Finished) => Promise<void>;
};

/** So many chunks wait in the outbox at most: a text in between need not wait for long, and a cancel helps soon. */
const maxUnderWay = 3;
const fullAgainMs = 500;
const longestPauseMs = 1_000;
const noBytes = new Uint8Array(0);

/** One file on its way: sends while the peer keeps up, goes back when the peer asks for it, and ends once. */
export class OutgoingFile {
  readonly over: Promise<Finished>;
  private readonly hash = new RunningHash();
  private underWay = 0;
  /** Ends the wait for an ack: also a device that closes ends it, since a relay that is away acks nothing. */
  private wake = (): void => {};
  private state: Sending;
  private source: Source | undefined;
  private pumping: Promise<void> | undefined;
  private settle!: (finished: Finished) => void;
  private readonly quiet = new Quiet();

  constructor(private readonly parts: OutgoingFileParts) {
    this.state = newSending(parts.offer.chunk);
    this.over = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  async sendOffer(): Promise<void> {
    const { accepted } = await this.parts.post.post(this.parts.peerId, this.parts.offer, noBytes);
    accepted.catch(() => {});
  }

  /** What the peer said. Resolves at once: chunks go out by themselves. */
  async handle(head: TransferHead, now: number): Promise<void> {
    const last = this.state;
    this.state = sendingAfter(last, head);
    this.quiet.heard(now);
    if (isOver(this.state.phase) && !isOver(last.phase)) return this.end();
    const isTaken = last.phase === 'offered' && this.state.phase === 'sending';
    if (isTaken || this.state.confirmed > last.confirmed) this.tellProgress();
    this.pump();
  }

  async cancel(why: string): Promise<void> {
    if (isOver(this.state.phase)) return;
    this.state = { ...this.state, phase: 'cancelled', why };
    await this.say({ t: 'cancel', id: this.parts.offer.id, why });
    await this.end();
  }

  /** Without a word to the peer. */
  async giveUp(why: string): Promise<void> {
    if (isOver(this.state.phase)) return;
    this.state = { ...this.state, phase: 'cancelled', why };
    await this.end();
  }

  /** The offer makes the peer say where it is. */
  async tick(now: number): Promise<void> {
    if (!isOver(this.state.phase) && this.quiet.isTooLong(now)) await this.sendOffer();
  }

  /** The device closes: nothing more is sent, and nothing is told. */
  async close(): Promise<void> {
    this.state = { ...this.state, phase: 'offered', next: 0 };
    this.wake();
    await this.pumping;
    await this.source?.close?.();
  }

  private pump(): void {
    this.pumping ??= this.run()
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.pumping = undefined;
        // What was heard while the last chunk was read may allow more.
        if (maySend(this.state)) this.pump();
      });
  }

  private async run(): Promise<void> {
    while (maySend(this.state)) {
      this.source ??= await this.opened();
      const index = this.state.next;
      const offset = index * this.state.chunk;
      const bytes = await this.readChunk(this.source, offset);
      if (!this.isStillAt(index)) continue;
      await this.hash.pass(offset, bytes, (from, length) => this.source!.read(from, length));
      if (bytes.length > 0 && !(await this.sendChunk(index, bytes))) continue;
      if (bytes.length < this.state.chunk || offset + bytes.length === this.source.size) {
        await this.sendEnd(this.hash.bytes);
        return;
      }
    }
  }

  private async opened(): Promise<Source> {
    const source = await this.parts.open();
    if (source.size !== this.parts.offer.size) throw new Error('The file changed since it was offered: send it again.');
    return source;
  }

  private isStillAt(index: number): boolean {
    return this.state.phase === 'sending' && this.state.next === index;
  }

  private async readChunk(source: Source, offset: number): Promise<Uint8Array> {
    const { chunk } = this.state;
    const bytes = await source.read(offset, chunk);
    const expected = source.size === undefined ? bytes.length : Math.max(0, Math.min(chunk, source.size - offset));
    if (bytes.length !== expected) throw new Error('The file changed while it was sent: send it again.');
    source.release?.(this.state.confirmed * chunk);
    return bytes;
  }

  /** False when the peer has asked for another chunk meanwhile. */
  private async sendChunk(index: number, bytes: Uint8Array): Promise<boolean> {
    while (this.underWay >= maxUnderWay && this.isStillAt(index)) await this.untilOneLeaves();
    await this.leaveRoom(index, bytes.length);
    if (!this.isStillAt(index)) return false;
    await this.postChunk(index, bytes);
    if (!this.isStillAt(index)) return false;
    this.state = { ...this.state, next: index + 1 };
    return true;
  }

  private untilOneLeaves(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private hasLeft(): void {
    this.underWay -= 1;
    this.wake();
  }

  /** What waits in the outbox is not counted yet, and messages to one peer keep their order: so it waits here. */
  private async leaveRoom(index: number, bytes: number): Promise<void> {
    const waitMs = (): number => this.parts.post.waitMs(bytes * (this.underWay + 1));
    for (let wait = waitMs(); wait > 0 && this.isStillAt(index); wait = waitMs()) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(wait, longestPauseMs)));
    }
  }

  private async postChunk(index: number, bytes: Uint8Array): Promise<void> {
    const { post, peerId, offer } = this.parts;
    while (this.state.phase === 'sending') {
      try {
        const { accepted } = await post.post(peerId, { t: 'chunk', id: offer.id, i: index }, bytes);
        this.underWay += 1;
        // One that never gets there is asked for again.
        accepted.catch(() => {}).finally(() => this.hasLeft());
        return;
      } catch (error) {
        if (!(error instanceof OutboxFull)) throw error;
        await new Promise((resolve) => setTimeout(resolve, fullAgainMs));
      }
    }
  }

  private async sendEnd(size: number): Promise<void> {
    if (this.state.phase !== 'sending') return;
    this.state = { ...this.state, phase: 'ended' };
    await this.say({ t: 'end', id: this.parts.offer.id, sha256: this.hash.digest(), size });
  }

  private async fail(error: unknown): Promise<void> {
    if (isOver(this.state.phase)) return;
    const why = error instanceof Error ? error.message : 'It can’t be read.';
    this.state = { ...this.state, phase: 'failed', why };
    await this.say({ t: 'cancel', id: this.parts.offer.id, why: 'The sender can’t read it any more.' }).catch(() => {});
    await this.end();
  }

  private async say(head: TransferHead): Promise<void> {
    const { accepted } = await this.parts.post.post(this.parts.peerId, head, noBytes);
    accepted.catch(() => {});
  }

  private async end(): Promise<void> {
    const { peerId, offer } = this.parts;
    const { phase, why } = this.state;
    const named = { direction: 'out', peerId, id: offer.id, group: offer.group } as const;
    const finished: Finished = { ...named, outcome: phase as Outcome, sentence: why };
    if (phase === 'done') this.tellProgress();
    // A record that stays is offered again after a restart, and answered as before.
    await this.parts.finished(finished).catch(() => {});
    await this.source?.close?.().catch(() => {});
    this.settle(finished);
  }

  private tellProgress(): void {
    const { peerId, offer, progress } = this.parts;
    const size = offer.size ?? this.source?.size;
    const written = this.state.confirmed * this.state.chunk;
    const bytes = this.state.phase === 'done' ? (size ?? written) : Math.min(written, size ?? written);
    progress({ direction: 'out', peerId, id: offer.id, group: offer.group, bytes, size });
  }
}
