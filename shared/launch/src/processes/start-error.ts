/** A process did not become of use. The message is what was seen of it, and the end of what it wrote. */
export class StartError extends Error {
  override readonly name = 'StartError';

  constructor(
    readonly summary: string,
    readonly output: string,
    /** What it said to the person who started it. */
    readonly sentence?: string,
  ) {
    super(`${summary} Its last output:\n${output}`);
  }

  /** In one line. */
  get reason(): string {
    const lastLine = this.output.trimEnd().split('\n').at(-1);
    // A line of a log says less than what was seen.
    return lastLine === undefined || lastLine === '' || lastLine.startsWith('{') ? this.summary : lastLine;
  }
}
