/** Where the relay is on a machine that runs one by `./scripts/up`. */
export const localRelay = 'ws://127.0.0.1:3000/relay';

/** The URL that a person meant, as `relay.example`, `https://relay.example` or `wss://relay.example/relay`; else a sentence. */
export function readRelayUrl(text: string): { readonly url: string } | { readonly fault: string } {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  const wanted = scheme === undefined ? `${isLoopback(text) ? 'ws' : 'wss'}://${text}` : text;
  const spoken = wanted.replace(/^http(s?):\/\//i, 'ws$1://');
  if (!URL.canParse(spoken)) return { fault: `“${text}” is no address of a relay: it looks like wss://relay.example.` };
  const url = new URL(spoken);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    return { fault: `A relay's address begins with wss:// (or ws://), not with ${url.protocol}//.` };
  if (url.username !== '' || url.password !== '')
    return { fault: 'A relay needs no user and no password: leave them out of its address.' };
  if (url.pathname === '/' || url.pathname === '') url.pathname = '/relay';
  url.hash = '';
  return { url: url.href };
}

/** Everybody on the way sees who speaks with whom, though never what. */
export function isInClear(url: string): boolean {
  return new URL(url).protocol === 'ws:' && !isLoopback(new URL(url).host);
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])([:/]|$)/i.test(host);
}
