import type { Row, Setting } from './setting';

export function redisUrl(row: Row<string>): Setting<string> {
  return {
    ...row,
    unit: '',
    allowed:
      'a URL such as redis://127.0.0.1:6379, rediss://user:password@host:6379/0, redis+sentinel://host:26379,host:26379/name or redis+cluster://host:6379,host:6379',
    parse: (text) => (isRedisUrl(text) ? text : undefined),
    print: withoutPassword,
    explain: explainUrl,
  };
}

const host = /(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+)(?::[1-9]\d{0,4})?/.source;
const hosts = `${host}(?:,${host})*`;
const credentials = /(?:[^@/\s]*@)?/.source;
/** In this order; a user needs a password. An `@` must be encoded, so that it never seems to end a password. */
const sentinelAccess = /(?:\?(?:sentinelUsername=[^&#@\s]+&)?sentinelPassword=[^&#@\s]+)?/.source;
const sentinelForm = new RegExp(`^rediss?\\+sentinel://${credentials}${hosts}/[^/\\s?#]+${sentinelAccess}$`);
const clusterForm = new RegExp(`^rediss?\\+cluster://${credentials}${hosts}$`);

/** Whether its credentials can be decoded. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** Whether its ports exist, which the form does not check. */
function hasPorts(url: string): boolean {
  const [ofHosts = ''] = url.split('?', 1);
  const ports = ofHosts.slice(ofHosts.lastIndexOf('@') + 1).matchAll(/:(\d+)/g);
  return [...ports].every(([, port]) => Number(port) <= 65_535);
}

function isRedisUrl(text: string): boolean {
  if (!isDecodable(text)) return false;
  if (sentinelForm.test(text) || clusterForm.test(text)) return hasPorts(text);
  // The URL parser would drop white space at the ends silently. Nothing reads a query: who writes one expects something of it.
  if (/[\s?#]/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') return false;
  if (url.hostname === '' || url.hostname.includes(',')) return false;
  return url.port !== '0' && /^(\/\d{0,5})?$/.test(url.pathname);
}

const groupForm = /^rediss?\+(sentinel|cluster):\/\/(?:[^@/]*@)?([^/?#]*)(\/[^?#]*)?(.*)$/s;

/** What is wrong with the form of a URL. An error shows the URL masked, so only this sentence tells. */
function explainUrl(text: string): string | undefined {
  if (!isDecodable(text)) return 'A % in a user or password is written %25, and what follows a % are two hex digits.';
  if (/^[\s"'`]|[\s"'`]$/.test(text)) return 'Neither white space nor quotation marks stand around it.';
  const [, kind, , path = '', query = ''] = groupForm.exec(text) ?? [];
  if (path.includes('@')) return encodeCredentials;
  if (kind === 'cluster') return explainCluster(path, query);
  return kind === 'sentinel' ? explainSentinel(path, query) : explainServer(text);
}

const encodeCredentials = 'In a user or password @ is written %40, / %2F, ? %3F and # %23.';

/** Of one server: what follows its scheme. */
function explainServer(text: string): string | undefined {
  const [, rest] = /^rediss?:\/\/(.*)$/s.exec(text) ?? [];
  if (rest === undefined) return undefined;
  const credentials = rest.slice(0, rest.lastIndexOf('@') + 1);
  if (/[/?#]/.test(credentials)) return encodeCredentials;
  const [, hosts = '', path = '', query = ''] = /^([^/?#]*)([^?#]*)(.*)$/s.exec(rest.slice(credentials.length)) ?? [];
  if (hosts.includes(',')) return 'Several hosts are a redis+sentinel:// or a redis+cluster://.';
  if (query !== '') return 'Nothing but /DATABASE follows the host: no ? and no #.';
  if (!/^(\/\d{0,5})?$/.test(path)) return 'After the host stands nothing but /DATABASE, which is a number.';
  return hasPorts(text) ? undefined : 'A port is a number from 1 to 65535.';
}

function explainCluster(path: string, query: string): string | undefined {
  if (path !== '') return 'A Cluster has database 0 alone, so nothing follows its hosts, not even a /.';
  return query === '' ? undefined : 'Nothing follows the hosts of a Cluster.';
}

function explainSentinel(path: string, query: string): string | undefined {
  if (path.length <= 1) return 'After the Sentinels stands /NAME, the name under which they know the master.';
  if (path.lastIndexOf('/') > 0) return 'Nothing but the name follows the Sentinels: the relay uses database 0 there.';
  return query === '' ? undefined : sentinelParameters;
}

const sentinelParameters =
  "After the name only the Sentinels' own password may stand, as ?sentinelPassword=PASSWORD or ?sentinelUsername=USER&sentinelPassword=PASSWORD, with @ written %40, & %26 and # %23.";

const schemeForm = /^[a-z+]+:\/\//i;
/** `host`, `host:port`, and of a mistyped URL what stands where they should. */
const hostForm = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/;

/** Works on what is no URL too: a mistyped URL with a password is printed in an error message. */
export function withoutPassword(text: string): string {
  const [scheme = ''] = schemeForm.exec(text) ?? [];
  const rest = text.slice(scheme.length);
  // A password with ? or # in it, or a query with an @: nobody can tell which.
  if (/[?#].*@/s.test(rest)) return `${scheme}***`;
  const [hosts = '', ...query] = rest.replace(/^.*@/s, '***@').split(/[?#]/);
  const shown = hosts.replace(/[^,/]+/g, (part) => (hostForm.test(part) ? part : part.replace(/:.*$/s, ':***')));
  return `${scheme}${shown}${query.length === 0 ? '' : '?***'}`;
}
