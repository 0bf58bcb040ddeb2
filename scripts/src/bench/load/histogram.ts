/** Latencies in log-linear steps: exact below 256 µs, then 128 steps an octave (under 0.8 %), as HdrHistogram does. */

const stepsPerOctave = 128;
const stepBits = 7;
const highestMicroseconds = 2 ** 31 - 1;
const bucketCount = bucketOf(highestMicroseconds) + 1;

/** `counts` are pairs of bucket and count, for the way from a worker to its parent. */
export type HistogramData = { counts: [number, number][]; maxMicroseconds: number };

export class Histogram {
  private readonly counts = new Float64Array(bucketCount);
  private valueCount = 0;
  private maxMicroseconds = 0;

  get total(): number {
    return this.valueCount;
  }

  get maxMs(): number {
    return this.maxMicroseconds / 1000;
  }

  addMs(milliseconds: number): void {
    const microseconds = Math.min(Math.max(Math.round(milliseconds * 1000), 0), highestMicroseconds);
    const bucket = bucketOf(microseconds);
    this.counts[bucket]! += 1;
    this.valueCount += 1;
    if (microseconds > this.maxMicroseconds) this.maxMicroseconds = microseconds;
  }

  merge(data: HistogramData): void {
    for (const [bucket, count] of data.counts) {
      this.counts[bucket]! += count;
      this.valueCount += count;
    }
    this.maxMicroseconds = Math.max(this.maxMicroseconds, data.maxMicroseconds);
  }

  /** The smallest latency that `percent` of all do not exceed, rounded up to its step; null when nothing was counted. */
  percentileMs(percent: number): number | null {
    if (this.valueCount === 0) return null;
    // Without the allowance 99.9 % of 1,000 would be 999.0000000000001, and so all of them.
    const rank = Math.max(1, Math.ceil((percent * this.valueCount) / 100 - 1e-6));
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount; bucket += 1) {
      seen += this.counts[bucket]!;
      if (seen >= rank) return Math.min(highestOf(bucket), this.maxMicroseconds) / 1000;
    }
    return this.maxMs;
  }

  toData(): HistogramData {
    const counts: [number, number][] = [];
    this.counts.forEach((count, bucket) => {
      if (count > 0) counts.push([bucket, count]);
    });
    return { counts, maxMicroseconds: this.maxMicroseconds };
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
