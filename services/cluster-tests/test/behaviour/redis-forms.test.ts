import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { quickDrain, repositoryRoot, runScript, startEdge, startJanitor, startOps } from '@openrelay/launch';
import { RedisLink } from '@openrelay/state';
import { eventually, TestDevice } from '@openrelay/testing';
import { RedisForms } from './redis-forms';

const relayctl = join(repositoryRoot, 'services/relayctl/bin/relayctl.js');
let forms: RedisForms;

beforeAll(async () => {
  forms = await RedisForms.start();
});
afterAll(() => forms.stop());

function ask(redisUrl: string, env: Record<string, string> = forms.trust) {
  return runScript(relayctl, ['nodes', '--json'], { REDIS_URL: redisUrl, ...env });
}

/** Every service on one Redis, and messages through it, small and large, of which the sharded subscription tells the recipient's edge. */
async function carries(redisUrl: string): Promise<void> {
  const env = { ...forms.trust, ...quickDrain };
  const started = await Promise.allSettled([
    startEdge({ redisUrl, env }),
    startJanitor({ redisUrl, env }),
    startOps({ redisUrl, env }),
  ]);
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    const [edge, , ops] = started.map((one) => (one as PromiseFulfilledResult<{ url: string }>).value);
    const [sender, recipient] = await Promise.all([TestDevice.connect(edge!.url), TestDevice.connect(edge!.url)]);
    await Promise.all([sender.register(), recipient.register()]);
    const { message_id } = sender.sendMessage(recipient.hardwareId);
    expect((await recipient.next('Receive')).payload).toMatchObject({ message_id });
    const large = sender.sendMessage(recipient.hardwareId, { encrypted_data: 'x'.repeat(40_000) });
    expect((await recipient.next('Receive')).payload).toEqual(large);
    const { code, stdout, stderr } = await ask(redisUrl);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ nodes: [{ state: 'up' }] });
    await eventually(async () => expect(await (await fetch(`${ops!.url}/api/nodes`)).text()).toContain('"up"'));
    for (const device of [sender, recipient]) device.terminate();
  } finally {
    await Promise.all(started.flatMap((one) => (one.status === 'fulfilled' ? [one.value.stop()] : [])));
  }
}

describe('every service reaches', () => {
  test.each([
    ['one server by its name, with a password', 'rediss://:pw@localhost:{one.tls}'],
    ['one server by IPv6, as a user, in a database', 'rediss://relay:pw@[::1]:{one.tls}/2'],
    ['one server without TLS by IPv6, as a user', 'redis://relay:pw@[::1]:{one}/3'],
    [
      'a master by the name of a Sentinel with users, as a user',
      'rediss+sentinel://relay:pw@localhost:{sentinel.tls}/relay?sentinelUsername=watcher&sentinelPassword=watched',
    ],
    [
      'a master by a Sentinel by IPv6, with passwords',
      'rediss+sentinel://:pw@[::1]:{sentinel.tls}/relay?sentinelPassword=watched',
    ],
    [
      'a master without TLS, by a Sentinel',
      'redis+sentinel://relay:pw@[::1]:{sentinel}/plain?sentinelPassword=watched',
    ],
    ['a Cluster by its names, as a user', 'rediss+cluster://relay:pw@localhost:{cluster.tls}'],
    ['a Cluster by IPv6, with a password', 'rediss+cluster://:pw@[::1]:{cluster.tls}'],
    ['a Cluster without TLS', 'redis+cluster://relay:pw@[::1]:{cluster}'],
  ])('%s: %s', (_, template) => carries(forms.url(template)));

  test('a Cluster whose nodes do not say where they are', async () => {
    await forms.preferEndpoints('unknown-endpoint');
    await carries(forms.url('rediss+cluster://relay:pw@localhost:{cluster.tls}'));
    await forms.preferEndpoints('hostname');
  });
});

describe('a certificate is looked at, and what is wrong with it is told, of', () => {
  test.concurrent.each([
    ['rediss://:pw@HOST:{one.tls}'],
    ['rediss+sentinel://:pw@HOST:{sentinel.tls}/relay?sentinelPassword=watched'],
    ['rediss+cluster://:pw@HOST:{cluster.tls}'],
  ])('%s', async (template) => {
    const url = (host: string) => forms.url(template.replace('HOST', host));
    const [otherName, untrusted] = await Promise.all([ask(url('127.0.0.1')), ask(url('localhost'), {})]);
    expect(otherName).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("does not match certificate's altnames"),
    });
    expect(untrusted).toMatchObject({ code: 3, stderr: expect.stringContaining('self-signed certificate') });
  });
});

test('a Sentinel that is asked as a Redis is told as what it is', async () => {
  const { code, stderr } = await ask(forms.url('redis://watcher:watched@localhost:{sentinel}'));
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr: expect.stringContaining('it knows no TIME; of a Sentinel the form is redis+sentinel://HOST/NAME'),
  });
});

describe('why a Sentinel does not help is told:', () => {
  test.each([
    [
      'it wants a password',
      'redis+sentinel://:pw@localhost:{sentinel}/plain',
      'NOAUTH, it wants a password of its own (?sentinelPassword=PASSWORD)',
    ],
    ['it is given a wrong one', 'redis+sentinel://:pw@localhost:{sentinel}/plain?sentinelPassword=pw', 'WRONGPASS'],
    [
      'it knows no such master',
      'redis+sentinel://:pw@localhost:{sentinel}/other?sentinelPassword=watched',
      'No such master with that name',
    ],
  ])('%s', async (_, template, why) => {
    const link = new RedisLink({
      url: forms.url(template),
      commandTimeoutMs: 500,
      monotonicMs: () => performance.now(),
    });
    link.connect(1000).catch(() => undefined);
    await eventually(() => expect(link.reason).toMatch(/^no Sentinel tells where the master is: /));
    expect(link.reason).toContain(why);
    link.close();
  });
});
