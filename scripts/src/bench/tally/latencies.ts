/** Latencies in milliseconds, kept one by one: a run's length and rate are bounded by the options, and so is their number. */

export function sortedLatencies(parts: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(parts.flat()).sort();
}
