import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command was called wrongly; the message is one sentence about what is right. */
export class UsageError extends Error {}

/** As `parseArgs` of node:util; throws a UsageError for what is not in `config`. */
export function parseOptions<const Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(firstSentence((error as Error).message));
  }
}

/** Node.js goes on with advice that fits no command of ours. */
function firstSentence(text: string): string {
  return `${text.split(/\.(?:\s|$)/)[0]}.`;
}

export type NumberRange = { readonly least: number; readonly most: number; readonly fractions?: 'allowed' };

/** The number that is the value of `--name`. Throws a UsageError when it is none, or out of its range. */
export function numberOption(name: string, text: string, { least, most, fractions }: NumberRange): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most && (fractions === 'allowed' || Number.isInteger(value))) return value;
  const kind = fractions === 'allowed' ? 'a number' : 'a whole number';
  throw new UsageError(`--${name} is "${text}", but must be ${kind} from ${least} to ${most}.`);
}
