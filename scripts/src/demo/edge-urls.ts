import { parseOptions, UsageError } from '@openrelay/launch';

/** The edges that the user names; ./scripts/demo has found most of what is wrong before it installed anything. */
export function edgeUrls(args: readonly string[]): readonly string[] {
  const { url: urls = [] } = parseOptions({ args, options: { url: { type: 'string', multiple: true } } }).values;
  if (urls.length > 2) throw new UsageError(`--url is given once or twice, not ${urls.length} times.`);
  const unusable = urls.find((url) => !isWebSocketUrl(url));
  if (unusable !== undefined) throw new UsageError(`--url "${unusable}" is no ws:// or wss:// address.`);
  return urls;
}

function isWebSocketUrl(text: string): boolean {
  return URL.canParse(text) && ['ws:', 'wss:'].includes(new URL(text).protocol);
}
