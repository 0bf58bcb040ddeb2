type Stoppable = { stop(): Promise<unknown> };

/** All or none: when one does not start, the others are stopped. */
export async function startAll<Started extends Stoppable>(starts: readonly Promise<Started>[]): Promise<Started[]> {
  const outcomes = await Promise.allSettled(starts);
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed === undefined) return started;
  await stopAll(started);
  throw failed.reason;
}

export async function stopAll(running: readonly Stoppable[]): Promise<void> {
  await Promise.all(running.map((one) => one.stop()));
}
