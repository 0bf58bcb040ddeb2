import { codeText, type PairingCode, readCode } from './pairing-code';

/** What a QR code holds: where to go, and with which code. */
export type PairingUri = { readonly relay: string; readonly code: PairingCode };

const head = 'openrelay:pair?';

/** `openrelay:pair?relay=<percent-encoded URL>&code=7-crossover-clockwork` */
export function pairingUri({ relay, code }: PairingUri): string {
  return `${head}relay=${encodeURIComponent(relay)}&code=${codeText(code)}`;
}

/** Nothing when the text is no such thing, or its relay is no `ws:` or `wss:` URL. Ask before a relay from a QR code is dialled. */
export function readPairingUri(text: string): PairingUri | undefined {
  if (!text.toLowerCase().startsWith(head)) return undefined;
  const fields = new URLSearchParams(text.slice(head.length));
  const [relay, code] = [fields.get('relay') ?? '', readCode(fields.get('code') ?? '')];
  return 'fault' in code || !isRelayUrl(relay) ? undefined : { relay, code };
}

function isRelayUrl(text: string): boolean {
  return URL.canParse(text) && ['ws:', 'wss:'].includes(new URL(text).protocol);
}
