/** Latencies in log-linear steps: exact below 256 µs, then 128 steps an octave (under 0.8 %), as HdrHistogram does. */

const stepsPerOctave = 128;
const stepBits = 7;
const highestMicroseconds = 2 ** 31 - 1;
const bucketCount = bucketOf(highestMicroseconds) + 1;

/** As a worker hands it over to the bench. */
export type Latencies = { readonly counts: Float64Array; readonly longestMicroseconds: number };

export class Histogram implements Latencies {
  readonly counts = new Float64Array(bucketCount);
  longestMicroseconds = 0;

  /** All that the parts counted. */
  static of(parts: readonly Latencies[]): Histogram {
    const sum = new Histogram();
    for (const { counts, longestMicroseconds } of parts) {
      counts.forEach((count, bucket) => {
        sum.counts[bucket]! += count;
      });
      sum.longestMicroseconds = Math.max(sum.longestMicroseconds, longestMicroseconds);
    }
    return sum;
  }

  get total(): number {
    return this.counts.reduce((total, count) => total + count, 0);
  }

  addMs(milliseconds: number): void {
    const microseconds = Math.min(Math.max(Math.round(milliseconds * 1000), 0), highestMicroseconds);
    this.counts[bucketOf(microseconds)]! += 1;
    if (microseconds > this.longestMicroseconds) this.longestMicroseconds = microseconds;
  }

  /** The smallest latency that `percent` of all do not exceed, rounded up to its step; NaN when nothing was counted. */
  percentileMs(percent: number): number {
    // Without the allowance 99.9 % of 1,000 would be 999.0000000000001, and so all of them.
    const rank = Math.max(1, Math.ceil((percent * this.total) / 100 - 1e-6));
    let seen = 0;
    const bucket = this.counts.findIndex((count) => {
      seen += count;
      return seen >= rank;
    });
    return bucket < 0 ? Number.NaN : Math.min(highestOf(bucket), this.longestMicroseconds) / 1000;
  }
}

function bucketOf(microseconds: number): number {
  const shift = Math.max(0, 31 - Math.clz32(microseconds) - stepBits);
  return shift * stepsPerOctave + (microseconds >>> shift);
}

/** The highest value that falls into `bucket`. */
function highestOf(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / stepsPerOctave) - 1);
  const step = bucket - shift * stepsPerOctave;
  return (step + 1) * 2 ** shift - 1;
}
