/** Whether bytes are UTF-8. */
export type IsUtf8 = (bytes: Uint8Array) => boolean;

const strictDecoder = new TextDecoder('utf-8', { fatal: true });

export const isUtf8: IsUtf8 = (bytes) => {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
};

const surrogate = /\\u[dD][89a-fA-F]/;
const lowSurrogate = /^\\ud[c-f][0-9a-f]{2}$/i;
const unitLength = '\\uXXXX'.length;

/**
 * Whether JSON text that passed `JSON.parse` holds half of a character (a lone surrogate), raw or as an escape: UTF-8
 * has no form for it. HOT PATH: text without such an escape is only searched.
 */
export function holdsHalfCharacter(json: string): boolean {
  if (!json.isWellFormed()) return true;
  let next = json.indexOf('\\');
  if (next === -1 || !surrogate.test(json)) return false;
  while (next !== -1) {
    const length = escapeLength(json, next);
    if (length === 0) return true;
    next = json.indexOf('\\', next + length);
  }
  return false;
}

/** Length of the escape at `at`, with both halves of a pair; 0 for a half alone. */
function escapeLength(json: string, at: number): number {
  if (json[at + 1] !== 'u') return 2;
  const unit = Number.parseInt(json.slice(at + 2, at + unitLength), 16);
  if (unit < 0xd800 || unit > 0xdfff) return unitLength;
  const isPair = unit < 0xdc00 && lowSurrogate.test(json.slice(at + unitLength, at + 2 * unitLength));
  return isPair ? 2 * unitLength : 0;
}
