import { freePort } from '../processes/free-port';

export type RedisOptions = {
  /** Kept after `stop`; a folder of its own, removed by `stop`, when absent. */
  dataDir?: string;
  /** A free one when absent. */
  port?: number;
  /** Whether what is written survives a kill of the server (append-only file, flushed every second). */
  appendOnly?: boolean;
  /** One server in cluster mode that owns all slots: it refuses scripts that touch keys of different slots. */
  clusterMode?: boolean;
  extraArgs?: readonly string[];
  logFile?: string;
  /** A user that may do anything, where the default user may not: it is asked as this one, and its URL names it. */
  administrator?: { readonly name: string; readonly password: string };
};

export const redisHost = '127.0.0.1';

/** A mailbox of up to 15 messages whose envelopes have at most 4 KiB is one piece of memory, and small again when it is empty. */
const smallHashes = ['--hash-max-listpack-entries', '32', '--hash-max-listpack-value', '4096'];

export async function redisArguments(options: RedisOptions, port: number, dataDir: string): Promise<string[]> {
  const where = ['--bind', redisHost, '--port', String(port), '--dir', dataDir, '--daemonize', 'no'];
  const appendOnly = options.appendOnly === true ? 'yes' : 'no';
  const keeping = ['--save', '', '--appendonly', appendOnly, '--maxmemory-policy', 'noeviction'];
  const cluster = options.clusterMode === true ? await clusterArguments() : [];
  return [...where, ...keeping, ...smallHashes, ...cluster, ...(options.extraArgs ?? [])];
}

/** The port of the cluster bus is given, because its default (port + 10000) may be above 65535. */
async function clusterArguments(): Promise<string[]> {
  const busPort = await freePort();
  return ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-announce-ip', redisHost];
}

/** A second port, for TLS: with this certificate, in which everybody who is to trust it trusts itself. */
export function tlsArguments({ certFile, keyFile }: { certFile: string; keyFile: string }, port: number): string[] {
  const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certFile];
  return ['--tls-port', String(port), ...files, '--tls-auth-clients', 'no', '--tls-replication', 'yes'];
}
