/** The last part of what a process wrote, bounded. */
export class Tail {
  private kept = '';

  constructor(private readonly mostCharacters = 16_384) {}

  add(text: string): void {
    this.kept = (this.kept + text).slice(-this.mostCharacters);
  }

  text(): string {
    return this.kept;
  }
}
