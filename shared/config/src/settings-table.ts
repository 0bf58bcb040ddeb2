/** The one table of settings: SETTINGS.md, `.env.example`, `--print-defaults` and the checks at start all come from it. */
import { redisSettings } from './redis-settings';
import { address, filePath, hostList, type Setting, secret, wholeNumber, word, yesOrNo } from './setting';

const anyAmount = Number.MAX_SAFE_INTEGER;
const day = 86_400;
const mib = 1_048_576;

export const settingsTable = {
  port: wholeNumber({
    name: 'PORT',
    default: 3000,
    min: 0,
    max: 65_535,
    unit: 'port',
    meaning: 'Where devices connect, and where health checks and metrics are served.',
    zero: 'any free port',
  }),
  bindAddress: address({
    name: 'BIND_ADDR',
    default: '0.0.0.0',
    meaning: 'The address that the port is opened on.',
  }),
  logLevel: word({
    name: 'LOG_LEVEL',
    default: 'info',
    words: ['info', 'warn', 'error', 'fatal', 'silent'],
    meaning: 'The least severe log lines that are written.',
  }),
  ...redisSettings,
  requestsPerMinute: wholeNumber({
    name: 'RELAY_REQUESTS_PER_MINUTE',
    default: 60,
    min: 0,
    max: 2_000_000,
    unit: 'requests',
    meaning: 'Requests that one device may make in a minute, over all edges and reconnects.',
    zero: 'no limit',
  }),
  pointsPerMinute: wholeNumber({
    name: 'RELAY_POINTS_PER_MINUTE',
    default: 512,
    min: 0,
    max: 1_000_000_000,
    unit: 'points',
    meaning: 'Points that one device may spend in a minute: one for each started KiB of encrypted data.',
    zero: 'no limit',
  }),
  monthlyLimitBytes: wholeNumber({
    name: 'RELAY_MONTHLY_LIMIT_BYTES',
    default: 10_000_000_000_000,
    min: 1,
    max: anyAmount,
    unit: 'bytes',
    meaning: 'What the whole cluster may carry in a calendar month (UTC), received and sent.',
  }),
  warningThresholdBytes: wholeNumber({
    name: 'RELAY_WARNING_THRESHOLD_BYTES',
    default: 9_500_000_000_000,
    min: 1,
    max: anyAmount,
    unit: 'bytes',
    meaning: 'Where messages begin to be refused (509); when unset, 95 % of the monthly limit.',
  }),
  maxTtlSeconds: wholeNumber({
    name: 'RELAY_MAX_TTL_SECONDS',
    default: 7 * day,
    min: 1,
    max: 366 * day,
    unit: 'seconds',
    meaning: 'The longest that a message is kept for its recipient; longer lifetimes are cut to it.',
  }),
  queueMaxMessages: wholeNumber({
    name: 'RELAY_QUEUE_MAX_MESSAGES',
    default: 1000,
    min: 1,
    max: 1_000_000,
    unit: 'messages',
    meaning: "Messages that may wait in one device's queue before more are refused (507).",
  }),
  queueMaxBytes: wholeNumber({
    name: 'RELAY_QUEUE_MAX_BYTES',
    default: 32 * mib,
    min: 1,
    max: anyAmount,
    unit: 'bytes',
    meaning: "Bytes that may wait in one device's queue before more messages are refused (507).",
  }),
  storeMaxBytes: wholeNumber({
    name: 'RELAY_STORE_MAX_BYTES',
    default: 0,
    min: 0,
    max: anyAmount,
    unit: 'bytes',
    meaning:
      'What Redis (each master of a Cluster) may hold: from 70 % of it on nothing is stored for strange ids, then not for those merely seen (80 %), no large messages (90 %), nothing (507).',
    zero: "75 % of Redis's maxmemory; no budget where Redis has none",
  }),
  aofRewriteSeconds: wholeNumber({
    name: 'RELAY_AOF_REWRITE_SECONDS',
    default: 3600,
    min: 0,
    max: 7 * day,
    unit: 'seconds',
    meaning:
      "How long messages that were delivered or have expired may stay in Redis's append-only file: a janitor has it rewritten by then, and earlier when they outweigh what is stored.",
    zero: 'Redis alone decides when',
  }),
  maxFrameBytes: wholeNumber({
    name: 'RELAY_MAX_FRAME_BYTES',
    default: mib,
    min: 1024,
    max: 16 * mib,
    unit: 'bytes',
    meaning: 'The largest frame that a device may send; a larger one closes its connection (1009).',
  }),
  maxConnections: wholeNumber({
    name: 'RELAY_MAX_CONNECTIONS',
    default: 0,
    min: 0,
    max: 1_000_000,
    unit: 'connections',
    meaning: 'Connections that one edge takes; further ones are answered 503.',
    zero: 'as many as the limit of open files (`ulimit -n`) leaves room for',
  }),
  maxUnregistered: wholeNumber({
    name: 'RELAY_MAX_UNREGISTERED',
    default: 0,
    min: 0,
    max: 1_000_000,
    unit: 'connections',
    meaning: 'Connections of one edge that may be without a registration at a time; further ones are answered 503.',
    zero: 'a quarter of the connections that the edge takes, and at least 100',
  }),
  maxMemoryBytes: wholeNumber({
    name: 'RELAY_MAX_MEMORY_BYTES',
    default: 0,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    unit: 'bytes',
    meaning:
      'Memory of one edge from which on new connections are answered 503, and open ones are cut, those that have not registered first.',
    zero: 'three quarters of what its container or the machine has',
  }),
  connectionsPerSecond: wholeNumber({
    name: 'RELAY_CONNECTIONS_PER_SECOND',
    default: 500,
    min: 0,
    max: 1_000_000,
    unit: 'connections',
    meaning:
      'New connections that one edge takes in a second, after a pause four times as many at once; further ones are answered 503.',
    zero: 'no limit',
  }),
  allowedOrigins: hostList({
    name: 'RELAY_ALLOWED_ORIGINS',
    default: [],
    meaning:
      'Hosts of the web pages that may connect, with the port unless it is 80 or 443: an upgrade with an Origin of another host is answered 403, one without an Origin passes. The page of RELAY_PAGE may always, where RELAY_PUBLIC_HOSTS is unset or names its host. When unset, all may.',
  }),
  idleTimeoutSeconds: wholeNumber({
    name: 'RELAY_IDLE_TIMEOUT_SECONDS',
    default: 120,
    // uWebSockets.js aborts the process on anything outside these bounds.
    min: 8,
    max: 960,
    unit: 'seconds',
    meaning: 'A connection that answers no ping for this long is closed.',
  }),
  handshakeTimeoutSeconds: wholeNumber({
    name: 'RELAY_HANDSHAKE_TIMEOUT_SECONDS',
    default: 10,
    min: 1,
    max: 600,
    unit: 'seconds',
    meaning: 'A connection that has not registered by then is closed.',
  }),
  controlFramesPerMinute: wholeNumber({
    name: 'RELAY_CONTROL_FRAMES_PER_MINUTE',
    default: 600,
    min: 0,
    max: 1_000_000_000,
    unit: 'frames',
    meaning:
      'Frames that one connection may send in a minute which are no requests (Register, Ack, Status, Contacts, Ping, pongs) or are refused.',
    zero: 'no limit',
  }),
  claims: word({
    name: 'RELAY_CLAIMS',
    default: 'optional',
    words: ['optional', 'required', 'off'],
    meaning:
      'Whether a device may bind its id to a key of its own (optional), must do so (required), or is not asked for one (off).',
  }),
  publicHosts: hostList({
    name: 'RELAY_PUBLIC_HOSTS',
    default: [],
    meaning:
      'The hosts that devices dial, with the port unless it is 80 or 443; a proof that names another one is refused. When unset, it must name the Host of its own connection.',
  }),
  registrationsPerMinute: wholeNumber({
    name: 'RELAY_REGISTRATIONS_PER_MINUTE',
    default: 30,
    min: 0,
    max: 1_000_000_000,
    unit: 'registrations',
    meaning:
      'Connections that may register one id in a minute, over all edges; further ones are answered 429, and the one that holds it stays.',
    zero: 'no limit',
  }),
  servePage: yesOrNo({
    name: 'RELAY_PAGE',
    default: true,
    meaning: 'Whether edges serve, at /app/, the page that makes a browser a device.',
  }),
  hidePresence: yesOrNo({
    name: 'RELAY_HIDE_PRESENCE',
    default: false,
    meaning:
      'Whether senders are told `queued` always, and never that a recipient is connected; what asks for live delivery only still shows it (404).',
  }),
  drainSeconds: wholeNumber({
    name: 'RELAY_DRAIN_SECONDS',
    default: 30,
    min: 0,
    max: 3600,
    unit: 'seconds',
    meaning: 'The time over which a stopping edge closes its connections.',
    zero: 'all at once',
  }),
  drainLeadSeconds: wholeNumber({
    name: 'RELAY_DRAIN_LEAD_SECONDS',
    default: 3,
    min: 0,
    max: 600,
    unit: 'seconds',
    meaning:
      'How long a stopping edge answers /ready with 503 while it still takes connections, for the load balancer.',
    zero: 'connections are refused at once',
  }),
  shards: wholeNumber({
    name: 'RELAY_SHARDS',
    default: 16,
    min: 1,
    max: 1024,
    unit: 'shards',
    meaning: 'Parts that the data in Redis is divided into; the same on all nodes, and fixed once there is data.',
  }),
  sharePort: yesOrNo({
    name: 'RELAY_SHARE_PORT',
    default: false,
    meaning: 'Whether several edges on one machine may share the port (SO_REUSEPORT).',
  }),
  tlsCertFile: filePath({
    name: 'RELAY_TLS_CERT_FILE',
    default: '',
    meaning:
      "The edge's certificate in PEM form, those of its issuers after it; with it devices connect by wss:// and pages are https:// alone. SIGHUP reads it again.",
  }),
  tlsKeyFile: filePath({
    name: 'RELAY_TLS_KEY_FILE',
    default: '',
    meaning: "The certificate's private key in PEM form, without a passphrase.",
  }),
  opsPort: wholeNumber({
    name: 'OPS_PORT',
    default: 3100,
    min: 0,
    max: 65_535,
    unit: 'port',
    meaning: "Where ops serves the operator's page, its API and the metrics of the cluster.",
    zero: 'any free port',
  }),
  opsToken: secret({
    name: 'OPS_TOKEN',
    default: '',
    meaning:
      'What ops wants to be shown (`Authorization: Bearer …`), on BIND_ADDR; when unset, ops answers this machine (127.0.0.1) alone.',
  }),
} as const;

export type SettingKey = keyof typeof settingsTable;

type ValueOf<Row> = Row extends Setting<infer Value> ? Value : never;

export type Settings = { readonly [Key in SettingKey]: ValueOf<(typeof settingsTable)[Key]> };

export const settingKeys = Object.keys(settingsTable) as SettingKey[];

/** A row without its value's type, for code that treats all rows alike. */
export function rowOf(key: SettingKey): Setting<unknown> {
  return settingsTable[key] as Setting<unknown>;
}
