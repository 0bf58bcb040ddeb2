import { expect, test } from '@jest/globals';
import { defaultSettings, readSettings, SettingsError } from '../../src/index';

function problemsWith(env: Record<string, string>): string[] {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('an empty environment gives the defaults without a warning', () => {
  const { settings, warnings } = readSettings({});
  expect(warnings).toEqual([]);
  expect(settings).toMatchObject({
    port: 3000,
    bindAddress: '0.0.0.0',
    logLevel: 'info',
    redisUrl: 'redis://127.0.0.1:6379',
    requestsPerMinute: 60,
    pointsPerMinute: 512,
    monthlyLimitBytes: 10e12,
    warningThresholdBytes: 9.5e12,
    maxTtlSeconds: 604_800,
    queueMaxMessages: 1000,
    queueMaxBytes: 33_554_432,
    maxFrameBytes: 1_048_576,
    sharePort: false,
  });
});

test('an empty variable counts as unset', () => {
  expect(readSettings({ PORT: '', REDIS_URL: '', RELAY_SHARE_PORT: '' }).settings).toEqual(defaultSettings());
});

test('values of every kind are read', () => {
  const env = {
    PORT: '0',
    BIND_ADDR: '::1',
    LOG_LEVEL: 'silent',
    REDIS_URL: 'rediss://user:secret@redis.example:6380/2',
    RELAY_SHARE_PORT: 'yes',
  };
  expect(readSettings(env).settings).toMatchObject({
    port: 0,
    bindAddress: '::1',
    logLevel: 'silent',
    redisUrl: env.REDIS_URL,
    sharePort: true,
  });
});

test.each(['1e3', '0x10', ' 5', '5 ', '-1', '+1', '1.0', '1_000', '٣', '65536', '99999999999999999999'])(
  'PORT=%j is refused',
  (text) => {
    expect(problemsWith({ PORT: text })).toEqual([
      `PORT is ${JSON.stringify(text)}, but must be a whole number from 0 to 65535.`,
    ]);
  },
);

test.each(['RELAY_QUEUE_MAX_BYTES', 'RELAY_MONTHLY_LIMIT_BYTES', 'RELAY_WARNING_THRESHOLD_BYTES'])(
  'of %s both bounds are told',
  (name) => {
    expect(problemsWith({ [name]: '99999999999999999999' })).toEqual([
      `${name} is "99999999999999999999", but must be a whole number from 1 to 9007199254740991.`,
    ]);
  },
);

test.each([
  ['RELAY_IDLE_TIMEOUT_SECONDS', '7'],
  ['RELAY_IDLE_TIMEOUT_SECONDS', '961'],
  ['RELAY_MAX_FRAME_BYTES', '1023'],
  ['RELAY_MAX_FRAME_BYTES', '16777217'],
  ['RELAY_SHARDS', '0'],
  ['RELAY_SHARDS', '1025'],
  ['RELAY_QUEUE_MAX_BYTES', '9007199254740992'],
  ['LOG_LEVEL', 'INFO'],
  ['BIND_ADDR', '300.0.0.1'],
  ['RELAY_SHARE_PORT', 'true'],
])('%s=%s is refused by name', (name, text) => {
  expect(problemsWith({ [name]: text })).toEqual([expect.stringMatching(`^${name} is "${text}", but must be .+\\.$`)]);
});

test.each([
  'http://127.0.0.1:6379',
  'redis://',
  'redis://:6379',
  'redis://host:0',
  'redis://host:70000',
  'redis://host/db',
  'redis-sentinel://host:26379',
  ' redis://host',
  '127.0.0.1:6379',
  'redis://host:6379?db=1',
  'redis://host:6379?password=secret',
  'redis://host:6379?',
  'redis://host:6379/0#1',
  'redis://user:%zz@host',
  'redis://100%:secret@host',
])('REDIS_URL=%j is refused', (url) => {
  expect(problemsWith({ REDIS_URL: url })).toHaveLength(1);
});

test.each(['redis://host', 'redis://[::1]:6379', 'redis://:secret@host:6379/15', 'redis://host:6379/'])(
  'REDIS_URL=%s is taken',
  (url) => {
    expect(readSettings({ REDIS_URL: url }).settings.redisUrl).toBe(url);
  },
);

test('a password is never printed, also not of a mistyped URL', () => {
  const urls = [
    'http://u:hunter2@h',
    'redis:/u:hunter2@h',
    ':hunter2@h:6379',
    'redis//u:hun@hunter2@h',
    'x?password=hunter2',
    'redis://h:9x:hunter2',
    'redis://h:hunter2',
    'redis://:hunter2',
    'redis:/u:hunter2',
    'u:hunter2',
    'redis+cluster://h:1,g:2:hunter2',
    'redis://h:hunter2?db=1',
  ];
  for (const url of urls) {
    expect(problemsWith({ REDIS_URL: url }).join()).toMatch(/^REDIS_URL is ".*\*\*\*/);
    expect(problemsWith({ REDIS_URL: url }).join()).not.toMatch('hunter2');
  }
});

test.each([
  ['http://127.0.0.1:6379/0', 'http://127.0.0.1:6379/0'],
  ['redis://h:6379:12345', 'redis://h:***'],
  ['redis://h:6379?db=1', 'redis://h:6379?***'],
  ['redis+cluster://[::1]:0,g:1', 'redis+cluster://[::1]:0,g:1'],
])('what is no password is repeated: %s', (url, shown) => {
  expect(problemsWith({ REDIS_URL: url })).toEqual([expect.stringContaining(`REDIS_URL is "${shown}", but`)]);
});

test('every problem is listed, one sentence a line', () => {
  expect(problemsWith({ PORT: 'abc', LOG_LEVEL: 'loud', RELAY_SHARDS: '' })).toEqual([
    'PORT is "abc", but must be a whole number from 0 to 65535.',
    'LOG_LEVEL is "loud", but must be one of info, warn, error, fatal, silent.',
  ]);
});

test('a warning threshold above the monthly limit is refused', () => {
  const env = { RELAY_MONTHLY_LIMIT_BYTES: '100', RELAY_WARNING_THRESHOLD_BYTES: '101' };
  expect(problemsWith(env)).toEqual([
    'RELAY_WARNING_THRESHOLD_BYTES is 101, but must not be above RELAY_MONTHLY_LIMIT_BYTES, which is 100.',
  ]);
  expect(problemsWith({ ...env, RELAY_WARNING_THRESHOLD_BYTES: '100' })).toEqual([]);
});

test.each(['cert.pem', './cert.pem', '/etc/openrelay/', '/etc/a\nb.pem', '~/cert.pem'])(
  'a file must be named by its absolute path: %j is refused',
  (path) => {
    const env = { RELAY_TLS_CERT_FILE: path, RELAY_TLS_KEY_FILE: '/etc/key.pem' };
    expect(problemsWith(env)).toEqual([
      expect.stringMatching(/^RELAY_TLS_CERT_FILE is ".+", but must be the absolute path of a file, such as .+\.$/),
    ]);
  },
);

test('TLS needs both of its files', () => {
  const [certificate, key] = [{ RELAY_TLS_CERT_FILE: '/etc/cert.pem' }, { RELAY_TLS_KEY_FILE: '/etc/key.pem' }];
  expect(problemsWith(certificate)).toEqual([
    'RELAY_TLS_CERT_FILE is set but RELAY_TLS_KEY_FILE is not: TLS needs both.',
  ]);
  expect(problemsWith(key)).toEqual(['RELAY_TLS_KEY_FILE is set but RELAY_TLS_CERT_FILE is not: TLS needs both.']);
  expect(problemsWith({ ...certificate, ...key })).toEqual([]);
  expect(readSettings({}).settings).toMatchObject({ tlsCertFile: '', tlsKeyFile: '' });
});

test('a warning threshold that is not set follows the monthly limit', () => {
  expect(readSettings({ RELAY_MONTHLY_LIMIT_BYTES: '1000' }).settings.warningThresholdBytes).toBe(950);
  expect(readSettings({ RELAY_MONTHLY_LIMIT_BYTES: '1' }).settings.warningThresholdBytes).toBe(1);
});

test('unknown names of the relay warn with the closest known name', () => {
  const { warnings } = readSettings({ RELAY_REQUEST_PER_MINUTES: '1', RELAY_REDIS_URL: 'x', UNRELATED: '1' });
  expect(warnings).toEqual([
    'RELAY_REDIS_URL is not a setting and has no effect; did you mean REDIS_URL?',
    'RELAY_REQUEST_PER_MINUTES is not a setting and has no effect; did you mean RELAY_REQUESTS_PER_MINUTE?',
  ]);
});

test.each(['RELAY_FOO', 'RELAY_', 'RELAY_SECRET', 'RELAY_EDGE_HEAP', `RELAY_${'X'.repeat(1000)}`])(
  'no name is guessed for one that is like none: %s',
  (name) => {
    expect(readSettings({ [name]: '1' }).warnings).toEqual([`${name} is not a setting and has no effect.`]);
  },
);

test('a name that is a setting without RELAY_, or nearly one with it, is guessed', () => {
  const { warnings } = readSettings({ RELAY_OPS_TOKEN: '1', RELAY_SHARD: '1', RELAY_TLS_CERT_FILES: '1' });
  expect(warnings.map((warning) => warning.split('did you mean ')[1])).toEqual([
    'OPS_TOKEN?',
    'RELAY_SHARDS?',
    'RELAY_TLS_CERT_FILE?',
  ]);
});

test('a queue smaller than one frame warns', () => {
  const { warnings } = readSettings({ RELAY_QUEUE_MAX_BYTES: '2000' });
  expect(warnings).toEqual([
    expect.stringMatching(/^RELAY_QUEUE_MAX_BYTES is 2000, less than one frame .* always refused \(413\)\.$/),
  ]);
});

test.each(['short', 'with a space in the middle of it', 'Ünïcödé-token-of-length', `${'x'.repeat(257)}`])(
  'a token of another form is refused and never shown: %s',
  (token) => {
    const [problem, ...others] = problemsWith({ OPS_TOKEN: token });
    expect(others).toEqual([]);
    expect(problem).toMatch(/^OPS_TOKEN is not shown here, but must be 16 to 256 .+\.$/);
    expect(problem).not.toContain(token);
  },
);

test('hosts are read as a list, and none by default', () => {
  const hosts = ['relay.example.org', '10.0.0.7:3000', '[2001:db8::1]:8443', 'localhost'];
  expect(readSettings({ RELAY_PUBLIC_HOSTS: hosts.join(',') }).settings.publicHosts).toEqual(hosts);
  expect(defaultSettings().publicHosts).toEqual([]);
});

test.each([
  'Relay.example.org',
  'https://relay.example.org',
  'a b',
  'a,',
  ',a',
  'a, b',
  '-a.org',
  'a..b',
  'a:',
  'a:123456',
  '2001:db8::1',
  `${'a'.repeat(260)}`,
  Array(17).fill('a.org').join(','),
])('RELAY_PUBLIC_HOSTS=%j is refused', (text) => {
  expect(problemsWith({ RELAY_PUBLIC_HOSTS: text })[0]).toMatch(
    /^RELAY_PUBLIC_HOSTS is .*, but must be up to 16 hosts/,
  );
});
