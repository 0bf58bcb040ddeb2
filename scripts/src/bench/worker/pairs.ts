import { setTimeout as pause } from 'node:timers/promises';
import {
  type Calls,
  nowEpochMs,
  pairsOf,
  portOf,
  type Span,
  type Storm,
  type StormReport,
  toLocalMs,
  type WorkerPlan,
  type WorkerReport,
} from '../load/plan';
import { isSettled } from '../tally/delivery-ledger';
import { hardwareIdOf } from '../wire/device';
import { sealedText } from '../wire/message-frames';
import { Flow } from './flow';
import { inParallel } from './in-parallel';
import { createPacer } from './pacer';
import { Peer } from './peer';
import { Recorder } from './recorder';
import { comeBack } from './storm';

type Pair = { number: number; ends: [Peer, Peer] };

const handshakesAtOnce = 64;
const drainPollMs = 20;
// A duplicate comes after the original: what is counted as settled is watched a little longer.
const lingerMs = 200;

/** One worker's pairs of devices: they send to each other for one span, or are cut off and come back. */
export class Pairs implements Calls {
  private readonly recorder = new Recorder();
  private readonly pairs: Pair[] = [];
  private readonly flows: Flow[] = [];
  private readonly spanEnd = new AbortController();
  private plan!: WorkerPlan;

  async connect(plan: WorkerPlan): Promise<void> {
    const sealed = sealedText(plan.sealedBytes);
    this.plan = plan;
    await inParallel(pairsOf(plan), handshakesAtOnce, async (number) => {
      const ends: Pair['ends'] = [await this.register(number, 0, 'first'), await this.register(number, 1, 'first')];
      this.pairs.push({ number, ends });
      this.join(2 * number, ends[0], ends[1], sealed);
      if (plan.senders === 'all') this.join(2 * number + 1, ends[1], ends[0], sealed);
    });
  }

  async run(span: Span): Promise<WorkerReport> {
    const { recorder } = this;
    const pacer = createPacer(this.plan, this.flows);
    recorder.measure(toLocalMs(span.measureFromMs), toLocalMs(span.measureToMs));
    pacer?.start(span.startAtMs);
    await pauseUntil(span.measureFromMs);
    const cpuBefore = process.cpuUsage();
    await pauseUntil(span.measureToMs, this.spanEnd.signal).catch(() => undefined);
    const cpu = process.cpuUsage(cpuBefore);
    const endedAtMs = Math.min(nowEpochMs(), span.measureToMs);
    recorder.measure(toLocalMs(span.measureFromMs), toLocalMs(endedAtMs));
    pacer?.stop();
    await this.drain(endedAtMs + span.drainMs);
    for (const { ends } of this.pairs) for (const { device } of ends) device.close();
    const { totals, received, latencies } = recorder;
    return { totals, received, latencies, cpuSeconds: (cpu.user + cpu.system) / 1_000_000 };
  }

  /** Ends the measured span before its time. */
  async endSpan(): Promise<void> {
    this.spanEnd.abort();
  }

  async storm(storm: Storm): Promise<StormReport> {
    const cutAtMs = nowEpochMs();
    for (const { ends } of this.pairs) for (const { device } of ends) device.cut();
    const devices = this.pairs.flatMap((pair) => [0 as const, 1 as const].map((end) => ({ pair, end })));
    const report = await comeBack(devices, storm, async ({ pair, end }) => {
      pair.ends[end] = await this.register(pair.number, end, 'again');
    });
    return { cutAtMs, backAtMs: nowEpochMs(), ...report };
  }

  private async register(pair: number, end: 0 | 1, visit: 'first' | 'again'): Promise<Peer> {
    const number = 2 * pair + end;
    const port = portOf(this.plan, pair, end, visit);
    const peer = new Peer(hardwareIdOf(`${this.plan.run}:${number}`), port, this.recorder);
    await peer.device.open().catch((error: Error) => {
      throw visit === 'again' ? error : new Error(`device ${number} on port ${port}: ${error.message}`);
    });
    return peer;
  }

  private join(number: number, from: Peer, to: Peer, sealed: string): void {
    const flow = new Flow(this.plan.run, number, from.device, to.device, sealed, this.recorder);
    from.outgoing = flow;
    to.incoming = flow;
    this.flows.push(flow);
  }

  private async drain(deadlineMs: number): Promise<void> {
    while (!isSettled(this.recorder.totals) && nowEpochMs() < deadlineMs) await pause(drainPollMs);
    await pause(lingerMs);
  }
}

async function pauseUntil(epochMs: number, signal?: AbortSignal): Promise<void> {
  await pause(Math.max(0, epochMs - nowEpochMs()), undefined, { signal });
}
