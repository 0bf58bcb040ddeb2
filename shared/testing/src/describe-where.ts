import { describe } from '@jest/globals';

/**
 * Tests that need programs which not every machine has. `./scripts/test` installs them where it can; elsewhere the title says what is
 * missing, and nothing of them counts as passed.
 * @param missing a sentence; nothing when all is here
 */
export function describeWhere(missing: string | undefined, title: string, tests: () => void): void {
  if (missing === undefined) describe(title, tests);
  else describe.skip(`${title} (left out: ${missing})`, tests);
}
