import type { Child, Exit } from './child';
import { eventually } from './eventually';
import { StartError } from './start-error';

type Start = {
  readonly check: () => Promise<boolean> | boolean;
  readonly stopped: (exit: Exit) => StartError;
  /** As in "The edge did not become ready in 15 s.". */
  readonly late: string;
};

const startMs = 15_000;

/** Waits until a child that was just started passes the check. Rejects with a StartError when it ends before, or takes too long. */
export async function untilReady(child: Child, { check, stopped, late }: Start): Promise<void> {
  let gone: Exit | undefined;
  void child.exited.then((exit) => {
    gone = exit;
  });
  const unless = () => {
    if (gone !== undefined) throw stopped(gone);
  };
  await eventually(
    async () => {
      if (!(await check())) throw new StartError(`${late} in ${startMs / 1000} s.`, child.output());
    },
    { timeoutMs: startMs, unless },
  );
}
