/** Who has a user in Redis, and what it is there for. */
export const services = {
  edge: 'holds devices and carries messages',
  janitor: 'gives back, adds up, and keeps its schedule with BullMQ',
  ops: 'reads',
  relayctl: 'reads, and asks a node to drain',
} as const;

export type ServiceName = keyof typeof services;

export const serviceNames = Object.keys(services) as ServiceName[];
