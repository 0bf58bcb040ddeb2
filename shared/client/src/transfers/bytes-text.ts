const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'];

/** How large a file is, or how much of it has moved: `0 B`, `1.5 kB`, `512 MB`, in powers of 1000. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // Rounded first: 999.9 kB are 1.0 MB.
  while (Math.round(value) >= 1000 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${byteUnits[unit]}`;
}
