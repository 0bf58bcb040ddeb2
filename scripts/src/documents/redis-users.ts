import { accessLine, defaultUser, serviceNames } from '@openrelay/state';

/** Besides the services: who looks whether Redis is well, who administers it, and the other servers of a group. */
const others = [
  defaultUser,
  'user health on nopass +ping',
  'user admin on ~* &* +@all',
  'user replica on +ping +replconf +psync',
  'user sentinel on &__sentinel__:hello +ping +info +role +multi +exec +slaveof +subscribe +publish +config|rewrite +client|setname +client|kill +script|kill',
];

/** The users of Redis as its `aclfile` has them, without passwords: `deploy/redis/make-users` puts these in. */
export function redisUsers(): string {
  return `${[...others, ...serviceNames.map((service) => accessLine(service))].join('\n')}\n`;
}
