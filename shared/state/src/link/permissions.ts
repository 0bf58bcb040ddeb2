/** What each service may do in Redis, as rules for `ACL SETUSER`. KEYS.md shows them; a test runs each service with its own. */

/** To log in, to find the masters, and to ask for the time and the health of Redis. */
const connection = '+hello +auth +select +client|setname +ping +time +role +info +cluster|slots +cluster|info';
/** A script's commands need permissions too. Those that read and write are allowed as groups, bounded by the keys. */
const scripts = '+evalsha +eval';
const reading = '+@read';
const writing = '+@read +@write -@dangerous';

type Permissions = { keys: string; channels: string; commands: string; why: string };

/** INFO may be left out of each: the figures of memory and disk are unknown then. */
export const permissions = {
  edge: {
    keys: '~or:*',
    channels: '&or:*',
    commands: `-@all ${writing} ${connection} ${scripts} +ssubscribe +spublish +wait`,
    why: 'holds devices and carries messages',
  },
  janitor: {
    keys: '~or:* ~{or:bull}:*',
    channels: '&or:*',
    commands: `-@all ${writing} ${connection} ${scripts} +spublish +pubsub|shardnumsub`,
    why: 'gives back, adds up, and keeps its schedule with BullMQ',
  },
  ops: {
    keys: '~or:*',
    channels: 'resetchannels',
    commands: `-@all ${reading} ${connection} ${scripts}`,
    why: 'reads',
  },
  relayctl: {
    keys: '~or:*',
    channels: '&or:*',
    commands: `-@all ${reading} ${connection} ${scripts} +spublish`,
    why: 'reads, and asks a node to drain',
  },
} as const satisfies Record<string, Permissions>;

export type ServiceName = keyof typeof permissions;

/** As the words of `ACL SETUSER NAME`, without a password. */
export function accessRules(service: ServiceName): string[] {
  const { keys, channels, commands } = permissions[service];
  return ['reset', 'on', ...keys.split(' '), channels, ...commands.split(' ').filter((word) => word !== '')];
}
