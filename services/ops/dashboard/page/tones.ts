import type { Problem } from '@openrelay/overview';

/** `data-tone` for style.css. */
export type Tone = 'well' | 'warning' | 'wrong' | 'quiet';

/** How bad it is by the cluster's problems: where one begins is known in shared/overview alone. */
export function toneOf(
  problems: readonly Problem[],
  name: Problem['name'],
  about: string | null = null,
): Tone | undefined {
  return problems.find((problem) => problem.name === name && problem.about === about)?.level;
}
