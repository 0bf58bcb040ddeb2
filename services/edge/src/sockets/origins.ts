import type { Settings } from '@openrelay/config';
import type { OriginRule } from './transport';

/** The page that an edge serves may connect to it, and needs no mention. */
export function originRule({
  allowedOrigins,
  publicHosts,
  servePage,
}: Pick<Settings, 'allowedOrigins' | 'publicHosts' | 'servePage'>): OriginRule {
  if (!servePage) return { listed: allowedOrigins, own: 'no' };
  return { listed: allowedOrigins, own: publicHosts.length === 0 ? 'any host' : publicHosts };
}

/** An Origin tells whose page it is, and of a program nothing. */
export function isAllowedOrigin(origin: string | undefined, dialled: string, { listed, own }: OriginRule): boolean {
  if (origin === undefined || listed.length === 0) return true;
  const [, host = ''] = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
  return listed.includes(host) || (host !== '' && host === dialled && isOwn(host, own));
}

/** Without known hosts, any page could name its own as the relay's address (DNS rebinding), where no certificate forbids it. */
function isOwn(host: string, own: OriginRule['own']): boolean {
  return own === 'any host' || (own !== 'no' && own.includes(host));
}
