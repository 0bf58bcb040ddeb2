/** What a log may say of an unexpected error. */
export type Failure = {
  /** Its kind and its words. Anything but a plain word may come from a payload, and is left out. */
  readonly error: string;
  /** The place in the code that it comes from. */
  readonly at: string;
};

const mostWords = 30;
const plainWord = /^[("'`]*[A-Za-z]?[a-z]{0,14}(?:[A-Z][a-z]{1,14}){0,3}[)"'`]*[.,:;]?$/;

function plain(message: string): string {
  const words = message.split(/\s+/, mostWords).map((word) => (plainWord.test(word) ? word : '…'));
  return words.join(' ');
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { error: `a ${typeof error} was thrown`, at: 'unknown' };
  const { code } = error as NodeJS.ErrnoException;
  const kind = typeof code === 'string' ? `${error.name} ${code}` : error.name;
  return { error: `${kind}: ${plain(error.message)}`, at: placeIn(error.stack ?? '') };
}

/** The innermost call that is not within the language or Node.js. */
function placeIn(stack: string): string {
  const calls = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const call = calls.find((line) => !/<anonymous>|node:/.test(line)) ?? calls[0];
  return call?.trim().replace(/^at /, '') ?? 'unknown';
}
