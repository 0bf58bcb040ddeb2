/** Where Redis is, as `REDIS_URL` says it. */
export type RedisAddress =
  | { kind: 'single'; url: string }
  | ({ kind: 'sentinel'; name: string } & Group)
  | ({ kind: 'cluster' } & Group);

type Host = { host: string; port: number };
type Group = { hosts: Host[]; username: string | undefined; password: string | undefined; tls: boolean };

const defaultPorts = { sentinel: 26379, cluster: 6379 } as const;
const groupForm = /^redis(s?)\+(sentinel|cluster):\/\/(?:([^@/]*)@)?([^@/]+)(?:\/([^/]*))?$/;

function hostOf(text: string, defaultPort: number): Host {
  const [, host = '', port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text) ?? [];
  if (host === '') throw new Error(`${text} is no host:port`);
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? defaultPort : Number(port) };
}

/** `user:password`, either of them absent, percent-encoded as in any URL. */
function credentialsOf(text: string): Pick<Group, 'username' | 'password'> {
  const [username = '', ...rest] = text.split(':');
  return {
    username: username === '' ? undefined : decodeURIComponent(username),
    password: rest.length === 0 ? undefined : decodeURIComponent(rest.join(':')),
  };
}

/**
 * Reads `redis://…`, `rediss://…`, `redis+sentinel://host:port,host:port/name` and `redis+cluster://host:port,host:port`
 * (`rediss+…` with TLS, `user:password@` before the hosts).
 * @throws Error when a part is missing
 */
export function parseRedisAddress(url: string): RedisAddress {
  const match = groupForm.exec(url);
  if (!match) return { kind: 'single', url };
  const [, tls, kind, credentials = '', hosts = '', name = ''] = match;
  const isSentinel = kind === 'sentinel';
  const defaultPort = isSentinel ? defaultPorts.sentinel : defaultPorts.cluster;
  const group = {
    hosts: hosts.split(',').map((host) => hostOf(host, defaultPort)),
    ...credentialsOf(credentials),
    tls: tls === 's',
  };
  if (!isSentinel) return { kind: 'cluster', ...group };
  if (name === '') throw new Error('a redis+sentinel:// URL ends with /NAME, the name of the master');
  return { kind: 'sentinel', name, ...group };
}
