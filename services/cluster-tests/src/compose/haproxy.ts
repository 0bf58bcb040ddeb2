import type { Stack } from './stack';

/** What HAProxy says of an edge it has found. */
export type Server = {
  readonly isUp: boolean;
  readonly connections: number;
};

const ask = 'exec 3<>/dev/tcp/127.0.0.1/8404; printf "GET /;csv HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3';

/** The edges that HAProxy knows now. */
export async function balancedEdges(stack: Stack): Promise<Server[]> {
  const page = await stack.compose('exec', '-T', 'haproxy', 'bash', '-c', ask);
  return readServers(page);
}

/** Reads HAProxy's statistics; slots without an edge are left out. */
export function readServers(csv: string): Server[] {
  const lines = csv.split(/\r?\n/);
  const names = (lines.find((line) => line.startsWith('# ')) ?? '').slice(2).split(',');
  const column = (fields: readonly string[], name: string) => fields[names.indexOf(name)] ?? '';
  return lines
    .map((line) => line.split(','))
    .filter((fields) => column(fields, 'pxname') === 'edges' && /^edge\d+$/.test(column(fields, 'svname')))
    .filter((fields) => !column(fields, 'status').startsWith('MAINT'))
    .map((fields) => ({
      isUp: column(fields, 'status').startsWith('UP'),
      connections: Number(column(fields, 'scur')),
    }));
}
