import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Calls,
  nowEpochMs,
  pairsOf,
  portOf,
  type Storm,
  type StormReport,
  toLocalMs,
  type WorkerPlan,
  type WorkerReport,
} from '../load/plan';
import { isSettled } from '../tally/delivery-ledger';
import { sealedText } from '../wire/message-frames';
import { ClosedLoop } from './closed-loop';
import { Flow } from './flow';
import { inParallel } from './in-parallel';
import { OpenLoop } from './open-loop';
import { Peer } from './peer';
import { Recorder } from './recorder';
import { comeBack } from './storm';

type Pair = { number: number; ends: [Peer, Peer] };

// What decides when messages leave.
const pacers = { closed: ClosedLoop, turns: ClosedLoop, open: OpenLoop };
const handshakesAtOnce = 64;
const drainMs = 5_000;
const drainPollMs = 20;
// A duplicate comes after the original: what is counted as settled is watched a little longer.
const lingerMs = 200;

/** One worker's pairs of devices: they send to each other for one span, or are cut off and come back. */
export class Pairs implements Calls {
  private readonly recorder = new Recorder();
  private readonly pairs: Pair[] = [];
  private readonly flows: Flow[] = [];
  private plan!: WorkerPlan;
  private pacer: ClosedLoop | OpenLoop | undefined;
  private cpuBefore: NodeJS.CpuUsage | undefined;

  async connect(plan: WorkerPlan): Promise<void> {
    const sealed = sealedText(plan.size);
    this.plan = plan;
    await inParallel(pairsOf(plan), handshakesAtOnce, async (number) => {
      const ends: Pair['ends'] = [await this.register(number, 0), await this.register(number, 1)];
      this.pairs.push({ number, ends });
      this.join(2 * number, ends[0], ends[1], sealed);
      if (plan.senders === 'all') this.join(2 * number + 1, ends[1], ends[0], sealed);
    });
  }

  async start({ startAtMs, measureFromMs }: Parameters<Calls['start']>[0]): Promise<void> {
    this.recorder.span.fromMs = toLocalMs(measureFromMs);
    if (this.plan.mode !== 'idle') this.pacer = new pacers[this.plan.mode](this.flows, this.plan);
    this.pacer?.start(startAtMs);
    await pause(Math.max(0, measureFromMs - nowEpochMs()));
    this.cpuBefore = process.cpuUsage();
  }

  async finish(): Promise<WorkerReport> {
    const cpu = process.cpuUsage(this.cpuBefore);
    this.recorder.span.toMs = performance.now();
    this.pacer?.stop();
    await this.drain();
    for (const { ends } of this.pairs) for (const device of ends) device.close();
    const { totals, received, latencies } = this.recorder;
    return { totals, received, latencies, cpuSeconds: (cpu.user + cpu.system) / 1_000_000 };
  }

  async storm({ giveUpAtMs, handshakesAtOnce: inAll }: Storm): Promise<StormReport> {
    const handshakesAtOnce = Math.max(1, Math.floor(inAll / this.plan.workers));
    for (const { ends } of this.pairs) for (const device of ends) device.cut();
    const devices = this.pairs.flatMap((pair) => [0 as const, 1 as const].map((end) => ({ pair, end })));
    return comeBack(devices, { giveUpAtMs, handshakesAtOnce }, async ({ pair, end }) => {
      pair.ends[end] = await this.register(pair.number, end, pair.ends[end].hardwareId);
    });
  }

  /** @param known the id of a device that comes again; a new one has an id of its own */
  private async register(pair: number, end: 0 | 1, known?: string): Promise<Peer> {
    const port = portOf(this.plan, pair, end, known === undefined ? 'first' : 'again');
    const peer = new Peer(known ?? randomBytes(32).toString('hex').toUpperCase(), port, this.recorder);
    await peer.open().catch((error: Error) => {
      throw known === undefined ? new Error(`device ${2 * pair + end} on port ${port}: ${error.message}`) : error;
    });
    return peer;
  }

  private join(number: number, from: Peer, to: Peer, sealed: string): void {
    const flow = new Flow(this.plan.run, number, from, to, sealed, this.recorder);
    from.outgoing = flow;
    to.incoming = flow;
    this.flows.push(flow);
  }

  private async drain(): Promise<void> {
    const deadlineMs = performance.now() + drainMs;
    while (!isSettled(this.recorder.totals) && performance.now() < deadlineMs) await pause(drainPollMs);
    await pause(lingerMs);
  }
}
