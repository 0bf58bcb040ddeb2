import { type Held, mostClipBytes } from './clipboard';
import { chosenType } from './offered-types';
import type { ToolEnd } from './tools/run-tool';

export type Offering = {
  /** One type on each line; a code other than 0: nothing is there. */
  readonly types: () => Promise<ToolEnd>;
  readonly content: (type: string, mostBytes: number) => Promise<ToolEnd>;
};

const mostTries = 3;

/**
 * Types and content come from two runs of a tool, and something else may be copied in between: xclip then serves the new content
 * as whatever type is asked for, and a password might be read as what was there before it. So the types must be the same after.
 */
export async function readOffered(offering: Offering): Promise<Held> {
  let before = await offering.types();
  for (let tries = 0; tries < mostTries; tries += 1) {
    const chosen = before.code === 0 ? chosenType(linesOf(before)) : ({ is: 'nothing', why: 'empty' } as const);
    if (chosen.is === 'nothing') return chosen;
    const read = await offering.content(chosen.type, mostClipBytes);
    const after = await offering.types();
    if (isSame(before, after)) return heldOf(chosen.is, read);
    before = after;
  }
  return { is: 'nothing', why: 'changing' };
}

function heldOf(is: 'text' | 'image', { code, output, size }: ToolEnd): Held {
  if (size === 'cut') return { is: 'nothing', why: 'too-large' };
  // The owner may have gone.
  if (code !== 0 || output.length === 0) return { is: 'nothing', why: 'empty' };
  return is === 'text' ? { is, text: output.toString('utf8') } : { is, png: output };
}

function isSame(one: ToolEnd, other: ToolEnd): boolean {
  return one.code === other.code && one.output.equals(other.output);
}

function linesOf({ output }: ToolEnd): string[] {
  return output.toString('utf8').split('\n');
}
