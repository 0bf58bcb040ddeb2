/** What the figures were taken on. */
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

export type Machine = { processor: string; cores: number; memoryGib: number; node: string; kernel: string };

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kernel: `${type()} ${release()}`,
  };
}
