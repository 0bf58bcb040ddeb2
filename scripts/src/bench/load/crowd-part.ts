/** One worker's part of a crowd: registers its devices, cuts them off, and brings them back. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { crowdPortOf, devicesOf, failureOf, type WorkerCrowdPlan, type WorkerStormReport } from './crowd-plan';
import { Device } from './device';
import { Histogram } from './histogram';
import { inParallel } from './parallel';
import { nowEpochMs, toLocalMs } from './plan';

const firstHandshakesAtOnce = 64;
// Between these, evenly spread: refused devices must not all come again at one instant.
const retryLeastMs = 100;
const retryMostMs = 500;

export class CrowdPart {
  private readonly devices = new Map<number, Device>();
  private readonly closes: Record<string, number> = {};

  constructor(private readonly plan: WorkerCrowdPlan) {}

  async gather(): Promise<void> {
    await inParallel(devicesOf(this.plan), firstHandshakesAtOnce, async (device) => {
      try {
        await this.register(device, 'first');
      } catch (error) {
        throw new Error(`device ${device} of the crowd: ${(error as Error).message}`);
      }
    });
  }

  /** @param giveUpAtMs since 1970. */
  async storm(giveUpAtMs: number): Promise<WorkerStormReport> {
    const registration = new Histogram();
    const failures: Record<string, number> = {};
    let missing = 0;
    const cutAtMs = nowEpochMs();
    for (const device of this.devices.values()) device.cut();
    this.devices.clear();
    await inParallel(devicesOf(this.plan), this.plan.handshakesAtOnce, async (device) => {
      const tookMs = await this.comeBack(device, giveUpAtMs, failures);
      if (tookMs === undefined) missing += 1;
      else registration.addMs(tookMs);
    });
    return { cutAtMs, backAtMs: nowEpochMs(), missing, failures, registration: registration.toData() };
  }

  disperse(): Record<string, number> {
    for (const device of this.devices.values()) device.cut();
    this.devices.clear();
    return this.closes;
  }

  /** How long the attempt took that succeeded; undefined when none did in time. */
  private async comeBack(
    device: number,
    giveUpAtMs: number,
    failures: Record<string, number>,
  ): Promise<number | undefined> {
    while (performance.now() < toLocalMs(giveUpAtMs)) {
      const startedAtMs = performance.now();
      try {
        await this.register(device, 'again');
        return performance.now() - startedAtMs;
      } catch (error) {
        const failure = failureOf((error as Error).message);
        failures[failure] = (failures[failure] ?? 0) + 1;
        await pause(retryLeastMs + Math.random() * (retryMostMs - retryLeastMs));
      }
    }
    return undefined;
  }

  private async register(number: number, visit: 'first' | 'again'): Promise<void> {
    const hardwareId = createHash('sha256').update(`${this.plan.run}:crowd:${number}`).digest('hex').toUpperCase();
    const device = new Device(hardwareId, crowdPortOf(this.plan, number, visit));
    await device.open();
    device.listen({ text: () => undefined, readEnd: () => undefined, lost: (kind) => this.lost(kind) });
    this.devices.set(number, device);
  }

  private lost(kind: string): void {
    this.closes[kind] = (this.closes[kind] ?? 0) + 1;
  }
}
