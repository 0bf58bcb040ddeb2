import { repositoryRoot } from '@openrelay/launch';
import { TestAuthority } from './certificate';
import { play } from './scenario';
import { scenarios } from './scenarios';
import { Stack } from './stack';

export type ComposeOptions = {
  /** Where ca.pem and ca.key are. */
  readonly folder: string;
  readonly names: readonly string[];
};

type Say = (line: string) => void;

/** Not the name of a stack that somebody uses. What a run that was killed left behind, the next one takes away. */
const project = 'openrelay-test';

/** Plays the scenarios. @throws Error of the first one that fails; nothing is left behind in any case */
export async function composeRun({ folder, names }: ComposeOptions, signal: AbortSignal, say: Say): Promise<void> {
  const authority = new TestAuthority(folder);
  await authority.issue();
  const stack = await freshStack(signal);
  try {
    await buildImages(stack, say);
    for (const name of names) {
      // Its own ports each time: those of the last one may not be free yet.
      await playOne(name, await freshStack(signal), authority, say);
    }
  } finally {
    await leaveNothing(stack, say);
  }
}

function freshStack(signal: AbortSignal): Promise<Stack> {
  return Stack.on({ folder: repositoryRoot, project, signal });
}

async function buildImages(stack: Stack, say: Say): Promise<void> {
  const startedMs = performance.now();
  await stack.remove();
  await stack.build();
  const sizes = await stack.docker('image', 'ls', '--format', '{{.Repository}} {{.Size}}', `${project}-*`);
  const base = await stack.docker('image', 'ls', '--format', 'of which {{.Size}} the base', 'node:24-trixie-slim');
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  say(`images built in ${seconds} s: ${[...sizes.trim().split('\n'), base.trim()].join(', ')}`);
}

async function playOne(name: string, stack: Stack, authority: TestAuthority, say: Say): Promise<void> {
  const scenario = scenarios[name];
  if (scenario === undefined) throw new Error(`There is no scenario "${name}".`);
  const { certificate } = authority;
  await play(scenario, stack, { certificate, renewCertificate: () => authority.issue() }, say);
}

async function leaveNothing(stack: Stack, say: Say): Promise<void> {
  const left = await stack.remove();
  if (left.length > 0) throw new Error(`Left behind: ${left.join(', ')}.`);
  say('nothing is left behind');
}
