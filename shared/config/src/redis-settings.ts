import { redisUrl } from './redis-url';
import { filePath, password, userName, wholeNumber } from './setting';

/** Rows of the table of settings: which Redis, and as whom. */
export const redisSettings = {
  redisUrl: redisUrl({
    name: 'REDIS_URL',
    default: 'redis://127.0.0.1:6379',
    meaning:
      "The Redis (7.0 or later) that all edges share: one server, one found by Sentinel, or a Cluster; rediss is TLS, to Sentinels too. A password of the Sentinels' own stands at the end: ?sentinelPassword=…, or ?sentinelUsername=…&sentinelPassword=….",
  }),
  redisUsername: userName({
    name: 'REDIS_USERNAME',
    default: '',
    meaning: 'The user of Redis, where REDIS_URL names none; shared/state/KEYS.md has one for each service.',
  }),
  redisPassword: password({
    name: 'REDIS_PASSWORD',
    default: '',
    meaning: 'Its password, where REDIS_URL has none.',
  }),
  redisPasswordFile: filePath({
    name: 'REDIS_PASSWORD_FILE',
    default: '',
    meaning: 'A file with this password, in the place of REDIS_PASSWORD; it is read when the service starts.',
  }),
  minReplicas: wholeNumber({
    name: 'RELAY_MIN_REPLICAS',
    default: 0,
    min: 0,
    max: 10,
    unit: 'replicas',
    meaning: 'Replicas of Redis that must have a message before it is acked; too few of them answer 503.',
    zero: 'none: a fail-over of Redis may lose what was acked in the last moment',
  }),
} as const;
