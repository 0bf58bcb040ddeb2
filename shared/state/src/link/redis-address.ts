/** Where Redis is, as `REDIS_URL` says it. */
export type RedisAddress =
  | ({ kind: 'single'; database: number } & Host & Access)
  | ({ kind: 'sentinel'; name: string; ofSentinels: Credentials } & Group)
  | ({ kind: 'cluster' } & Group);

export type Host = { host: string; port: number };
type Credentials = { username: string | undefined; password: string | undefined };
type Access = Credentials & { tls: boolean };
type Group = { hosts: Host[] } & Access;

const defaultPorts = { single: 6379, sentinel: 26379, cluster: 6379 } as const;
const groupForm = /^redis(s?)\+(sentinel|cluster):\/\/(?:([^@/]*)@)?([^@/?]+)(?:\/([^/?]*))?(?:\?(.*))?$/;

function hostOf(text: string, defaultPort: number): Host {
  const [, host = '', port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text) ?? [];
  if (host === '') throw new Error(`${text} is no host:port`);
  return { host: withoutBrackets(host), port: port === undefined ? defaultPort : Number(port) };
}

/** The brackets of an IPv6 address belong to the URL alone. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function decoded(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : decodeURIComponent(text);
}

/** `user:password`, either of them absent, percent-encoded as in any URL. */
function credentialsOf(text: string): Credentials {
  const [username, ...rest] = text.split(':');
  return { username: decoded(username), password: decoded(rest.join(':')) };
}

function credentialsOfSentinels(query: string): Credentials {
  const [, username] = /(?:^|&)sentinelUsername=([^&]*)/.exec(query) ?? [];
  const [, password] = /(?:^|&)sentinelPassword=([^&]*)/.exec(query) ?? [];
  return { username: decoded(username), password: decoded(password) };
}

/**
 * Reads `redis://…`, `rediss://…`, `redis+sentinel://host:port,host:port/name` and `redis+cluster://host:port,host:port`
 * (`rediss…` with TLS, `user:password@` before the hosts; after the name `?sentinelUsername=…&sentinelPassword=…`).
 * @throws Error when a part is missing
 */
export function parseRedisAddress(url: string): RedisAddress {
  const match = groupForm.exec(url);
  if (!match) return singleAddress(new URL(url));
  const [, tls, kind, credentials = '', hosts = '', name = '', query = ''] = match;
  const isSentinel = kind === 'sentinel';
  const defaultPort = isSentinel ? defaultPorts.sentinel : defaultPorts.cluster;
  const group = {
    hosts: hosts.split(',').map((host) => hostOf(host, defaultPort)),
    ...credentialsOf(credentials),
    tls: tls === 's',
  };
  if (!isSentinel) return { kind: 'cluster', ...group };
  if (name === '') throw new Error('a redis+sentinel:// URL ends with /NAME, the name of the master');
  return { kind: 'sentinel', name, ofSentinels: credentialsOfSentinels(query), ...group };
}

function singleAddress({ protocol, hostname, port, username, password, pathname }: URL): RedisAddress {
  return {
    kind: 'single',
    host: withoutBrackets(hostname),
    port: port === '' ? defaultPorts.single : Number(port),
    database: Number(pathname.slice(1)),
    username: decoded(username),
    password: decoded(password),
    tls: protocol === 'rediss:',
  };
}
