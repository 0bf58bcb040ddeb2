/** One measured span in figures, for the JSON report. */
import type { Histogram } from './load/histogram';
import type { Measured } from './measure';

type Percentiles = { p50: number | null; p99: number | null; p999: number | null; longest: number | null };

export type SpanSummary = {
  relay: 'memory' | 'edge';
  seconds: number;
  messagesPerSecond: number;
  cpuMicrosecondsPerMessage: Record<string, number | null>;
  residentBytes: Record<string, number | null>;
  deliveryMs: Percentiles;
  ackMs: Percentiles;
  sendLagMs: Percentiles;
  /** What each load worker used of a core. */
  workerCores: number[];
};

export function summarize(relay: SpanSummary['relay'], measured: Measured): SpanSummary {
  const { seconds, messagesPerSecond, cpuMicrosecondsPerMessage, residentBytes, load } = measured;
  return {
    relay,
    seconds,
    messagesPerSecond,
    cpuMicrosecondsPerMessage,
    residentBytes,
    deliveryMs: percentiles(load.delivery),
    ackMs: percentiles(load.ack),
    sendLagMs: percentiles(load.sendLag),
    workerCores: load.workerCpuSeconds.map((cpuSeconds) => cpuSeconds / seconds),
  };
}

function percentiles(histogram: Histogram): Percentiles {
  return {
    p50: histogram.percentileMs(50),
    p99: histogram.percentileMs(99),
    p999: histogram.percentileMs(99.9),
    longest: histogram.total === 0 ? null : histogram.maxMs,
  };
}
