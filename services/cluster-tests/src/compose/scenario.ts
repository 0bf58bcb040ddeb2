import type { Stack } from './stack';

export type Step = {
  readonly title: string;
  /** What it returns is shown after the title. */
  readonly run: () => Promise<string | undefined>;
};

/** One shape of the stack, from its start to its end. */
export type Scenario = {
  readonly name: string;
  readonly steps: (stack: Stack, tools: Tools) => Step[];
};

export type Tools = {
  /** A PEM file with a certificate for 127.0.0.1 and its key. */
  readonly certificate: string;
  /** Writes another certificate of the same authority into it. */
  readonly renewCertificate: () => Promise<void>;
};

/** Runs the steps one after another, and takes the stack down however they end. @throws Error of the step that failed */
export async function play(
  { name, steps }: Scenario,
  stack: Stack,
  tools: Tools,
  say: (line: string) => void,
): Promise<void> {
  say(`${name}:`);
  try {
    for (const { title, run } of steps(stack, tools)) {
      const startedMs = performance.now();
      const what = await run().catch((error: Error) => {
        throw new Error(`${name}: ${title}: ${error.message}`);
      });
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      say(`  ✓ ${title} (${seconds} s)${what === undefined ? '' : `: ${what}`}`);
    }
  } catch (error) {
    if (!stack.isInterrupted) say(await stack.logs().catch(() => 'The logs of the stack cannot be read.'));
    throw error;
  } finally {
    await stack.down();
  }
}
