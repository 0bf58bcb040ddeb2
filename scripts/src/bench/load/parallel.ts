/** Runs `task` for each item, at most `limit` at a time; fails with the first failure, after what was begun has ended. */
export async function inParallel<Item>(
  items: readonly Item[],
  limit: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  let failure: Error | undefined;
  const lane = async () => {
    for (const item of queue) {
      if (failure) return;
      try {
        await task(item);
      } catch (error) {
        failure ??= error as Error;
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  if (failure) throw failure;
}
