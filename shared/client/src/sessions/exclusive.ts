/** One step at a time for each name, in the order in which they were asked for. */
export class Exclusive {
  private readonly tails = new Map<string, Promise<unknown>>();

  async run<Result>(name: string, step: () => Promise<Result>): Promise<Result> {
    const before = this.tails.get(name) ?? Promise.resolve();
    const result = before.then(step);
    const tail = result.catch(() => {});
    this.tails.set(name, tail);
    void tail.then(() => {
      if (this.tails.get(name) === tail) this.tails.delete(name);
    });
    return result;
  }
}
