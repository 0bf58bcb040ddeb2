import { concat, textOf, uint32, utf8 } from '../crypto/index';

/** A JSON object whose `t` says what it is. */
export type Head = { readonly t: string } & Readonly<Record<string, unknown>>;
export type Content = { readonly head: Head; readonly body: Uint8Array };

const maxHeadBytes = 65_536;
const lengthBytes = 4;

/** The plain bytes of every kind: the head's length (u32), the head as JSON in UTF-8, the body. */
export function writeContent({ head, body }: Content): Uint8Array {
  const headBytes = utf8(JSON.stringify(head));
  if (headBytes.length > maxHeadBytes) {
    throw new RangeError(
      `A message's head may have ${maxHeadBytes} bytes, not ${headBytes.length}: put more into its body.`,
    );
  }
  return concat(uint32(headBytes.length), headBytes, body);
}

/** Nothing when the bytes are of another form. */
export function readContent(plain: Uint8Array): Content | undefined {
  if (plain.length < lengthBytes) return undefined;
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  const end = lengthBytes + length;
  if (length > maxHeadBytes || end > plain.length) return undefined;
  const head = readHead(textOf(plain.subarray(lengthBytes, end)));
  return head && { head, body: plain.slice(end) };
}

function readHead(text: string | undefined): Head | undefined {
  if (text === undefined) return undefined;
  try {
    const head: unknown = JSON.parse(text);
    return isHead(head) ? head : undefined;
  } catch {
    return undefined;
  }
}

function isHead(value: unknown): value is Head {
  return typeof value === 'object' && value !== null && 't' in value && typeof value.t === 'string';
}
