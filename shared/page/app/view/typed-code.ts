import { readPairingUri } from '@openrelay/client';

/** What was typed or pasted: a code, or the link of a QR code, of this relay. */
export function readTypedCode(typed: string, relayUrl: string): { readonly code: string } | { readonly fault: string } {
  const at = typed.toLowerCase().indexOf('openrelay:');
  if (at < 0) return { code: typed.includes('#') ? typed.slice(typed.lastIndexOf('#') + 1) : typed };
  const linked = readPairingUri(typed.slice(at).trim());
  if (linked === undefined) return { fault: 'This link has no code in it that could be read: type the code itself.' };
  if (new URL(linked.relay).href !== new URL(relayUrl).href) {
    const { host } = new URL(linked.relay);
    return {
      fault: `This code is of another relay (${host}): open the page of that one, or type the code if it is this one.`,
    };
  }
  return { code: [linked.code.number, ...linked.code.words].join('-') };
}
