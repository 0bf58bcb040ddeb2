/** The script ./scripts/demo answers `--help`, and most of what is wrong, before anything is installed or built. */
import { parseArgs } from 'node:util';

export type Command = { type: 'run'; urls: readonly string[] } | { type: 'wrong'; why: string };

export function readCommandLine(words: readonly string[]): Command {
  const urls = parse(words);
  if (typeof urls === 'string') return { type: 'wrong', why: urls };
  if (urls.length > 2) return { type: 'wrong', why: `--url is given once or twice, not ${urls.length} times.` };
  const unusable = urls.find((url) => !isWebSocketUrl(url));
  if (unusable !== undefined)
    return { type: 'wrong', why: `--url ${JSON.stringify(unusable)} is no ws:// or wss:// address.` };
  return { type: 'run', urls };
}

function parse(words: readonly string[]): readonly string[] | string {
  try {
    const { values } = parseArgs({ args: [...words], options: { url: { type: 'string', multiple: true } } });
    return values.url ?? [];
  } catch (error) {
    return (error as Error).message;
  }
}

function isWebSocketUrl(text: string): boolean {
  return URL.canParse(text) && ['ws:', 'wss:'].includes(new URL(text).protocol);
}
