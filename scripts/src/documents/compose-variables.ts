/** What docker-compose.yml and its overlays read besides the settings of the services. A test holds the two against each other. */
type ComposeVariable = {
  readonly name: string;
  /** Empty when there is none. */
  readonly default: string;
  readonly meaning: string;
};

export const composeVariables: readonly ComposeVariable[] = [
  {
    name: 'COMPOSE_FILE',
    default: 'docker-compose.yml',
    meaning:
      'The files that make the stack; overlays follow after a colon, as in docker-compose.yml:deploy/compose/valkey.yml.',
  },
  { name: 'EDGES', default: '2', meaning: 'How many edges `docker compose up` starts.' },
  {
    name: 'RELAY_TLS_CERT',
    default: '',
    meaning:
      'A PEM file with a certificate, those between it and its authority, and its key: the load balancer terminates TLS.',
  },
  { name: 'TLS_PORT', default: '3443', meaning: 'Where devices connect with TLS; PORT then only sends them there.' },
  {
    name: 'NOFILE',
    default: '20000',
    meaning:
      'Open files that each edge and the load balancer may have. The load balancer takes two for a device, an edge one.',
  },
  {
    name: 'ADDRESS_MAX_CONNECTIONS',
    default: '1000',
    meaning:
      'Connections that HAProxy lets one address have, 429 beyond; twice the devices behind one router (NAT). 0: no limit.',
  },
  {
    name: 'ADDRESS_CONNECTIONS_PER_MINUTE',
    default: '6000',
    meaning:
      'Connections that one address may open in a minute, refused or not; beyond, HAProxy cuts them. 0: no limit.',
  },
  {
    name: 'ADDRESS_REQUESTS_PER_MINUTE',
    default: '3000',
    meaning:
      'Requests that one address may make in a minute, one for each device that connects; 429 beyond. 0: no limit.',
  },
  {
    name: 'ADDRESSES_WITHOUT_LIMITS',
    default: '127.0.0.1 ::1',
    meaning:
      'Addresses and networks that the three limits do not count, with spaces between: what stands in front of HAProxy.',
  },
  {
    name: 'REDIS_MAXMEMORY',
    default: '1gb',
    meaning:
      'What that Redis may keep in memory before it refuses more messages; the machine needs up to twice as much.',
  },
  {
    name: 'REDIS_NET',
    default: '10.231.77',
    meaning:
      'With the overlays for Sentinel and Redis Cluster: the first three numbers of a network that this machine does not use otherwise.',
  },
  {
    name: 'PROMETHEUS_PORT',
    default: '9090',
    meaning: 'Where this machine alone reaches Prometheus (profile monitoring).',
  },
  { name: 'GRAFANA_PORT', default: '3200', meaning: 'Where this machine alone reaches Grafana (profile monitoring).' },
  { name: 'GRAFANA_PASSWORD', default: 'openrelay', meaning: 'The password of the user admin of Grafana.' },
];
