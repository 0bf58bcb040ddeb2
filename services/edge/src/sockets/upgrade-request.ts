import { mostHostCharacters } from '@openrelay/config';
import { type Encoding, messagePackSubprotocol } from '@openrelay/protocol';
import { isAllowedOrigin } from './origins';
import type { Headers, OriginRule, Page } from './transport';

export type JudgedUpgrade =
  | { status: 'right'; key: string; extensions: string; encoding: Encoding; host: string }
  | { status: 'wrong'; page: Page };

/** 16 bytes in base64. */
const keyForm = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
const version = '13';

function wrong(status: 400 | 403 | 426, problem: string): JudgedUpgrade {
  const headers: Page['headers'] =
    status === 426 ? { Upgrade: 'websocket', 'Sec-WebSocket-Version': version } : undefined;
  return { status: 'wrong', page: { status, contentType: 'text/plain', body: `${problem}\n`, headers } };
}

function namesIn(list: string | undefined): string[] {
  return (list ?? '').split(',').map((name) => name.trim());
}

function has(list: string | undefined, wanted: string): boolean {
  return namesIn(list).some((name) => name.toLowerCase() === wanted);
}

/** With two lengths a proxy and the edge may disagree where the next request begins. */
export function hasOneLength(headers: Headers): boolean {
  return !(headers.get('content-length') ?? '').includes(',');
}

/** A longer one is nobody's, and would only be kept. */
function hostOf(headers: Headers): string {
  const host = (headers.get('host') ?? '').toLowerCase();
  return host.length <= mostHostCharacters ? host : '';
}

/**
 * Whether a GET of /relay asks for a WebSocket as RFC 6455 has it (4.2.1), and which encoding it is to have.
 * @param origins which web pages may connect
 */
export function judgeUpgrade(headers: Headers, origins: OriginRule): JudgedUpgrade {
  if (!hasOneLength(headers)) return wrong(400, 'Send one Content-Length, or none.');
  if (!has(headers.get('upgrade'), 'websocket') || !has(headers.get('connection'), 'upgrade'))
    return wrong(426, 'Devices connect by WebSocket: send Upgrade: websocket and Connection: Upgrade.');
  if (headers.get('sec-websocket-version') !== version)
    return wrong(426, `Send Sec-WebSocket-Version: ${version}: the relay speaks no other.`);
  const key = headers.get('sec-websocket-key') ?? '';
  if (!keyForm.test(key)) return wrong(400, 'Send one Sec-WebSocket-Key: 16 random bytes in base64.');
  const host = hostOf(headers);
  if (!isAllowedOrigin(headers.get('origin'), host, origins))
    return wrong(403, 'Pages of this Origin may not connect.');
  const isPacked = namesIn(headers.get('sec-websocket-protocol')).includes(messagePackSubprotocol);
  const extensions = headers.get('sec-websocket-extensions') ?? '';
  return { status: 'right', key, extensions, encoding: isPacked ? 'msgpack' : 'json', host };
}
