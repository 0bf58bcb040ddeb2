import { fromBase64 } from '../../src/crypto';
import type { SealedPost } from '../../src/sessions';
import { sealedKinds } from '../../src/sessions/sealed-message';
import { Crash } from './crashing-store';
import { arrived, type Frame, hand, pairedNodes, type SessionNode } from './session-node';

export type Step =
  | { readonly do: 'say' | 'rotate' | 'leave' | 'return' | 'frame' | 'lose-frame' | 'restart'; readonly who: 0 | 1 }
  /** Reads what waits at the relay; an ack may get lost. */
  | { readonly do: 'read'; readonly who: 0 | 1; readonly most: number; readonly acks: 'heard' | 'lost' }
  /** The relay shows again what was read long ago, or a frame that it handed over. */
  | { readonly do: 'replay' | 'repeat-frame'; readonly who: 0 | 1; readonly which: number }
  /** Its handler fails on the first message that waits; those behind it are handed over all the same. */
  | { readonly do: 'fail'; readonly who: 0 | 1 }
  | { readonly do: 'flush'; readonly who: 0 | 1; readonly most: number }
  | { readonly do: 'wait'; readonly hours: number }
  /** The process ends at one of its next writes, and starts again. */
  | { readonly do: 'crash'; readonly who: 0 | 1; readonly afterWrites: number; readonly when: 'before' | 'after' };

const hourMs = 3_600_000;

type Side = {
  readonly node: SessionNode;
  presence: 'here' | 'away';
  /** What the relay keeps for it, until it is acked. */
  readonly queue: SealedPost[];
  readonly frames: Frame[];
  readonly taken: SealedPost[];
  readonly takenFrames: Frame[];
  readonly said: string[];
  /** As often as a crash interrupted a handler, a message may be read once more. */
  interruptions: number;
};

/** Two devices, a relay that keeps what it accepted but loses frames, and a clock. */
export class TwoDevicesWorld {
  readonly sides: readonly [Side, Side];
  private readonly clock: { now: number };
  private texts = 0;

  private constructor(nodes: readonly [SessionNode, SessionNode], clock: { now: number }) {
    const side = (node: SessionNode): Side => {
      return {
        node,
        presence: 'here',
        queue: [],
        frames: [],
        taken: [],
        takenFrames: [],
        said: [],
        interruptions: 0,
      };
    };
    this.sides = [side(nodes[0]), side(nodes[1])];
    this.clock = clock;
  }

  static async start(): Promise<TwoDevicesWorld> {
    const { one, other, clock } = await pairedNodes();
    return new TwoDevicesWorld([one, other], clock);
  }

  async run(step: Step): Promise<void> {
    if (step.do === 'wait') return this.wait(step.hours);
    const [side, peer] = this.pairOf(step.who);
    try {
      await this.act(step, side, peer);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    if (side.node.store.hasEnded) await this.restart(side);
  }

  /** Both come back for good, nothing is lost any more, and everything that waits is read. */
  async settle(): Promise<void> {
    for (const side of this.sides) {
      side.node.store.plan = undefined;
      if (side.presence === 'away') await this.run({ do: 'return', who: this.whoIs(side) });
    }
    for (let round = 0; round < 12; round += 1) {
      await this.wait(0.1);
      for (const who of [0, 1] as const) {
        await this.run({ do: 'flush', who, most: 1_000 });
        for (let frame = 0; frame < 5; frame += 1) await this.run({ do: 'frame', who });
        await this.run({ do: 'read', who, most: 1_000, acks: 'heard' });
      }
    }
  }

  private async act(step: Exclude<Step, { do: 'wait' }>, side: Side, peer: Side): Promise<void> {
    switch (step.do) {
      case 'say':
        return this.say(side, peer);
      case 'rotate':
        await side.node.sessions.rotate(peer.node.id);
        return this.sendFrames(side, peer);
      case 'leave':
        side.presence = 'away';
        return;
      case 'return':
        return this.connect(side, peer);
      case 'restart':
        return this.restart(side);
      case 'flush':
        if (side.presence === 'here') await side.node.outbox.flush((post) => this.accept(peer, post), step.most);
        return;
      case 'read':
        return this.read(side, peer, step.most, step.acks);
      case 'frame':
        return this.handFrame(side, peer);
      case 'replay':
        return this.replay(side, peer, step.which);
      case 'repeat-frame':
        return this.repeatFrame(side, peer, step.which);
      case 'fail':
        return this.fail(side, peer);
      case 'lose-frame':
        side.frames.shift();
        return;
      case 'crash':
        side.node.store.plan = { afterWrites: step.afterWrites, when: step.when };
        return;
      default:
        step satisfies never;
    }
  }

  private async say(side: Side, peer: Side): Promise<void> {
    this.texts += 1;
    const text = `text ${this.texts}`;
    const before = await lastMessage(side.node);
    try {
      await side.node.say(peer.node.id, text);
      side.said.push(text);
    } catch (error) {
      if ((await lastMessage(side.node)) !== before) side.said.push(text);
      throw error;
    }
  }

  private accept(peer: Side, post: SealedPost): void {
    // The relay stores a repeated id once.
    if (!peer.queue.some(({ messageId }) => messageId === post.messageId)) peer.queue.push(post);
  }

  private async read(side: Side, peer: Side, most: number, acks: 'heard' | 'lost'): Promise<void> {
    if (side.presence === 'away') return;
    for (const post of side.queue.slice(0, most)) {
      try {
        await side.node.take(arrived(peer.node, post));
      } catch (error) {
        side.interruptions += 1;
        throw error;
      }
      side.taken.push(post);
      // Without the ack it comes again, and others before it may have been acked.
      if (acks === 'heard') side.queue.splice(side.queue.indexOf(post), 1);
    }
    this.sendFrames(side, peer);
  }

  private async replay(side: Side, peer: Side, which: number): Promise<void> {
    if (side.presence === 'away' || side.taken.length === 0) return;
    await side.node.take(arrived(peer.node, side.taken[which % side.taken.length]!));
  }

  private async fail(side: Side, peer: Side): Promise<void> {
    if (side.presence === 'away') return;
    side.node.trouble = new Error('no room');
    for (const post of side.queue) await side.node.take(arrived(peer.node, post)).catch(() => {});
    side.node.trouble = undefined;
    if (!side.node.store.hasEnded) await this.connect(side, peer);
  }

  private async repeatFrame(side: Side, peer: Side, which: number): Promise<void> {
    if (side.presence === 'away' || side.takenFrames.length === 0) return;
    await hand(side.takenFrames[which % side.takenFrames.length]!, peer.node, side.node);
    this.sendFrames(side, peer);
  }

  private async handFrame(side: Side, peer: Side): Promise<void> {
    if (side.presence === 'away') return;
    const frame = side.frames.shift();
    if (frame !== undefined) {
      side.takenFrames.push(frame);
      await hand(frame, peer.node, side.node);
    }
    this.sendFrames(side, peer);
  }

  /** Without a connection a frame goes nowhere; with one, it waits at the relay for a while. */
  private sendFrames(side: Side, peer: Side): void {
    const frames = side.node.takeFrames();
    if (side.presence === 'here') peer.frames.push(...frames);
  }

  private async connect(side: Side, peer: Side): Promise<void> {
    side.presence = 'here';
    side.node.sessions.registered();
    await side.node.sessions.connected();
    this.sendFrames(side, peer);
  }

  private async restart(side: Side): Promise<void> {
    await side.node.restart();
    if (side.presence === 'here') await this.connect(side, this.otherOf(side));
  }

  private async wait(hours: number): Promise<void> {
    this.clock.now += hours * hourMs;
    // The relay keeps frames for five minutes.
    if (hours > 0.1) for (const side of this.sides) side.frames.length = 0;
    for (const side of this.sides) {
      try {
        await side.node.sessions.tick();
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        await this.restart(side);
      }
      this.sendFrames(side, this.otherOf(side));
    }
  }

  private pairOf(who: 0 | 1): readonly [Side, Side] {
    return who === 0 ? this.sides : [this.sides[1], this.sides[0]];
  }

  private whoIs(side: Side): 0 | 1 {
    return side === this.sides[0] ? 0 : 1;
  }

  private otherOf(side: Side): Side {
    return this.pairOf(this.whoIs(side))[1];
  }
}

/** The newest message in the outbox, if it is one: after the process ended, that is what tells whether it was said. */
async function lastMessage({ disk }: SessionNode): Promise<string | undefined> {
  const store = disk.process();
  const key = (await store.keys('outbox:')).at(-1);
  if (key === undefined) return undefined;
  const record = new TextDecoder().decode((await store.get(key))!);
  const { messageId, data } = JSON.parse(record) as { messageId: string; data: string };
  const kind = fromBase64(data)![1];
  return kind === sealedKinds.message ? messageId : undefined;
}
