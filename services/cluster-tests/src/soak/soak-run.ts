import { setTimeout as pause } from 'node:timers/promises';
import { Fleet, type Range, SeededRandom, type Verdict } from '../fleet';
import { ledgerFaults } from '../fleet/ledger-faults';
import { SoakCluster } from './soak-cluster';
import { drawFault } from './soak-faults';

export type SoakOptions = {
  readonly minutes: number;
  /** Chooses the faults and their times; what they meet depends on the machine, too. */
  readonly seed: number;
  readonly devices: number;
};

type Say = (line: string) => void;

const betweenFaultsMs: Range = [1500, 4500];
const reportEveryMs = 10_000;
const habits = { pauseMs: [50, 800], ackAfterMs: [0, 100], window: 64 } as const;
const traffic = {
  messagesPerSecond: 1000,
  dataBytes: [64, 2048],
  ttlSeconds: [300, 600],
  shortLivedOneIn: 100,
  departuresPerSecond: 4,
  restsPerSecond: 4,
} as const;
/** Edges are rolled. */
const expectedCloses = [1012];

/** Rejects when no cluster can be started at all; what goes wrong later is a fault in the verdict. */
export async function soak(options: SoakOptions, signal: AbortSignal, say: Say): Promise<Verdict> {
  const { minutes, seed, devices } = options;
  say(`soak: ${minutes} minutes, ${devices} devices, seed ${seed}`);
  const cluster = await SoakCluster.start();
  try {
    const edges = cluster.edges.map(({ url }) => url);
    const fleet = await Fleet.start({ edges, seed, devices, habits, traffic, expectedCloses });
    try {
      return await run(new SoakRun(cluster, fleet, say), options, signal);
    } finally {
      await fleet.stop();
    }
  } finally {
    await cluster.stop();
  }
}

async function run(soaking: SoakRun, { minutes, seed }: SoakOptions, signal: AbortSignal): Promise<Verdict> {
  // Not AbortSignal.timeout: Node 20 may collect it, together with what depends on it, before its time.
  const ending = new AbortController();
  const end = () => ending.abort();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const timeUp = setTimeout(end, minutes * 60_000);
  const reports = setInterval(() => soaking.report(), reportEveryMs);
  // Not the fleet's: its devices draw at times of their own, and the faults must be those of the seed.
  await soaking.hurt(new SeededRandom(seed), ending.signal);
  clearTimeout(timeUp);
  clearInterval(reports);
  return soaking.conclude();
}

class SoakRun {
  private readonly startedMs = performance.now();
  private readonly happened = new Map<string, number>();
  private readonly failures: string[] = [];

  constructor(
    private readonly cluster: SoakCluster,
    private readonly fleet: Fleet,
    private readonly say: Say,
  ) {}

  /** One fault after the other until the signal, or until the cluster does not come back from one. */
  async hurt(random: SeededRandom, ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      await pause(random.whole(betweenFaultsMs), undefined, { signal: ending }).catch(() => undefined);
      if (ending.aborted) return;
      const fault = drawFault(random);
      this.happened.set(fault.name, (this.happened.get(fault.name) ?? 0) + 1);
      try {
        await fault.happen(this.cluster, random);
      } catch (error) {
        this.failures.push(`no recovery: ${fault.name}: ${error instanceof Error ? error.message : String(error)}`);
        return;
      }
    }
  }

  report(): void {
    this.fleet.review();
    const { accepted, delivered, messages } = this.fleet.books;
    const seconds = (performance.now() - this.startedMs) / 1000;
    const rate = `${Math.round(accepted / seconds)}/s`;
    const memory = `${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`;
    const figures = `${accepted} acked (${rate}), ${delivered} delivered, ${messages.size} in the books, ${memory}`;
    this.say(`${Math.round(seconds)} s: ${figures}, faults: ${this.faults()}`);
  }

  async conclude(): Promise<Verdict> {
    const seconds = (performance.now() - this.startedMs) / 1000;
    const { figures, faults } = await this.fleet.verdict();
    const all = [...this.failures, ...faults, ...(await this.ledgerFaults())];
    this.say(`faults in ${Math.round(seconds)} s: ${this.faults()}`);
    this.say(`figures: ${JSON.stringify({ seed: this.fleet.seed, ...figures })}`);
    this.say(`${(figures.accepted / seconds).toFixed(0)} messages acked a second`);
    for (const fault of all) this.say(`BROKEN ${fault}`);
    this.say(all.length === 0 ? 'verdict: every promise was kept' : `verdict: broken (seed ${this.fleet.seed})`);
    return { figures, faults: all };
  }

  private async ledgerFaults(): Promise<string[]> {
    try {
      return await ledgerFaults(this.cluster.redis.url);
    } catch (error) {
      return [`the ledger cannot be read: ${error instanceof Error ? error.message : String(error)}`];
    }
  }

  private faults(): string {
    const counts = [...this.happened].map(([name, count]) => `${count} ${name}`).join(', ');
    return counts || 'none yet';
  }
}
