/** What was started and must be stopped, in the opposite order, whatever happens between. */
export type Stoppable = { stop(): Promise<unknown> };

export class Resources {
  private readonly started: Stoppable[] = [];

  keep<Resource extends Stoppable>(resource: Resource): Resource {
    this.started.push(resource);
    return resource;
  }

  /** Stops all of them, also when one refuses; then fails with the first refusal. */
  async stopAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const resource of this.started.splice(0).reverse()) {
      try {
        await resource.stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

export async function withResources<Result>(use: (resources: Resources) => Promise<Result>): Promise<Result> {
  const resources = new Resources();
  try {
    return await use(resources);
  } finally {
    await resources.stopAll();
  }
}
