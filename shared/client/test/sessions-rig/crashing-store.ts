import type { Store } from '../../src/stores/store';

export class Crash extends Error {
  override readonly name = 'Crash';
}

/** When the process ends: before the write counts, or right after it did. */
export type CrashPlan = { afterWrites: number; when: 'before' | 'after' };

/** A disk that outlives the processes that use it, each of which may be made to end at a write. */
export class CrashingDisk {
  private readonly records = new Map<string, Uint8Array>();

  copy(): CrashingDisk {
    const disk = new CrashingDisk();
    for (const [key, bytes] of this.records) disk.records.set(key, bytes);
    return disk;
  }

  text(): string {
    return [...this.records.values()].map((bytes) => new TextDecoder().decode(bytes)).join('\n');
  }

  /** A store for one process. Nothing is written or read once it has ended. */
  process(): ProcessStore {
    return new ProcessStore(this.records);
  }
}

export class ProcessStore implements Store {
  plan: CrashPlan | undefined;
  private ended = false;
  private readonly records: Map<string, Uint8Array>;

  constructor(records: Map<string, Uint8Array>) {
    this.records = records;
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  /** The process ends now. */
  kill(): void {
    this.ended = true;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.refuseEnded();
    return this.records.get(key)?.slice();
  }

  async write(changes: ReadonlyMap<string, Uint8Array | undefined>): Promise<void> {
    this.refuseEnded();
    const isLast = this.plan !== undefined && this.plan.afterWrites-- <= 0;
    if (isLast && this.plan?.when === 'before') this.end();
    for (const [key, bytes] of changes) {
      if (bytes === undefined) this.records.delete(key);
      else this.records.set(key, bytes.slice());
    }
    if (isLast) this.end();
  }

  async keys(prefix: string): Promise<string[]> {
    this.refuseEnded();
    return [...this.records.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  private end(): never {
    this.ended = true;
    throw new Crash('The process ended at a write.');
  }

  private refuseEnded(): void {
    if (this.ended) throw new Crash('The process has ended.');
  }
}
