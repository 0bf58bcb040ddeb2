import { RelayError } from '@openrelay/client';

export type Step = {
  readonly title: string;
  readonly run: () => Promise<void>;
  /** Shown beside the step once it has happened. */
  readonly note?: () => string;
};

/** Where the lines go, and whether it understands colours. */
export type Screen = {
  readonly colours: boolean;
  readonly print: (line: string) => void;
};

export type Outcome = { type: 'done'; steps: number; tookMs: number } | { type: 'failed'; title: string; why: string };

const red = 31;
const green = 32;
const dim = 2;

/** Runs them one after the other up to the first that fails; each step bounds its own waits. */
export async function runSteps(steps: readonly Step[], screen: Screen, interrupted: AbortSignal): Promise<Outcome> {
  const width = Math.max(...steps.map((step) => step.title.length));
  const interruption = rejectsWhen(interrupted);
  const startedAtMs = performance.now();
  for (const { title, run, note } of steps) {
    const stepStartedAtMs = performance.now();
    const why = await failureOf(run, interruption);
    const tookMs = performance.now() - stepStartedAtMs;
    const mark = why === undefined ? paint(screen, green, '✓') : paint(screen, red, '✗');
    const latency = paint(screen, dim, `${tookMs.toFixed(1).padStart(8)} ms`);
    const noted = why === undefined && note !== undefined ? `  ${note()}` : '';
    screen.print(`  ${mark} ${title.padEnd(width)} ${latency}${noted}`);
    if (why !== undefined) return { type: 'failed', title, why };
  }
  return { type: 'done', steps: steps.length, tookMs: performance.now() - startedAtMs };
}

async function failureOf(run: () => Promise<void>, interruption: Promise<never>): Promise<string | undefined> {
  try {
    await Promise.race([run(), interruption]);
    return undefined;
  } catch (error) {
    return explain(error);
  }
}

function rejectsWhen(interrupted: AbortSignal): Promise<never> {
  const interruption = new Promise<never>((_, reject) => {
    const interrupt = (): void => reject(new Error('it was interrupted'));
    if (interrupted.aborted) interrupt();
    interrupted.addEventListener('abort', interrupt);
  });
  // It may come when no step is running.
  interruption.catch(() => {});
  return interruption;
}

function explain(error: unknown): string {
  if (error instanceof RelayError && typeof error.code === 'number') {
    return `the relay refused it with code ${error.code} (${error.message})`;
  }
  return error instanceof Error ? error.message : String(error);
}

function paint(screen: Screen, colour: number, text: string): string {
  return screen.colours ? `\u001B[${colour}m${text}\u001B[0m` : text;
}
