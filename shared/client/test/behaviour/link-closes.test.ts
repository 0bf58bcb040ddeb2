import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { LyingRelay } from '../lying-relay';
import { connectedLink, linkTo, stopLinks } from '../rig';

let relay: LyingRelay;
beforeEach(async () => {
  relay = await LyingRelay.start();
});
afterEach(async () => {
  await stopLinks();
  await relay.stop();
});

const json = { encoding: 'json' } as const;
/** The shortest pauses. */
const hasty = { ...json, random: () => 0 };

describe('a link whose connection ends', () => {
  test.each([1000, 1001, 1008, 1009, 1011, 1012, 1013])('with %i comes back', async (code) => {
    const { link, states } = await connectedLink(relay.url, hasty);
    relay.visitors[0]!.close(code);
    await eventually(() =>
      expect(states.map(({ is }) => is)).toEqual(['connecting', 'connected', 'waiting', 'connecting', 'connected']),
    );
    expect(states[2]).toMatchObject({ code });
    expect(link.state).toMatchObject({ is: 'connected' });
  });

  test('without a close frame comes back', async () => {
    const { states } = await connectedLink(relay.url, hasty);
    relay.visitors[0]!.cut();
    await eventually(() => expect(states.at(-1)).toMatchObject({ is: 'connected' }));
    await eventually(() => expect(relay.visitors).toHaveLength(2));
  });

  test('since the relay found it too fast stays away for a minute, and says until when', async () => {
    const { link } = await connectedLink(relay.url, hasty);
    relay.visitors[0]!.close(4008);
    await eventually(() => expect(link.state).toMatchObject({ is: 'waiting', code: 4008 }));
    const { untilMs } = link.state as { untilMs: number };
    expect(untilMs).toBeGreaterThan(Date.now() + 50_000);
    link.wake();
    expect(link.state).toMatchObject({ is: 'waiting', untilMs });
  });

  test('since another device has its id waits, and says so', async () => {
    const { link } = await connectedLink(relay.url, hasty);
    relay.visitors[0]!.close(4001);
    await eventually(() => expect(link.state).toMatchObject({ is: 'waiting', code: 4001 }));
    expect(link.state).toMatchObject({ why: 'Another device registered the id of this one.' });
  });
});

describe('a link that is refused', () => {
  test('as its id is claimed by another key stops, and says why', async () => {
    relay.lies = {
      register: (visitor) => {
        visitor.say('Error', { code: 401, message: 'The proof is wrong.' });
        return true;
      },
    };
    const { link } = linkTo(relay.url, hasty);
    link.start();
    await expect(link.untilConnected()).rejects.toThrow(
      'does not take this device for the owner of its id: The proof is wrong.',
    );
    expect(link.state).toMatchObject({ is: 'stopped', code: 401 });
    // It may be tried again by hand.
    relay.lies = {};
    link.start();
    await expect(link.untilConnected()).resolves.toBeUndefined();
  });

  test('with 429 waits as long as the relay says', async () => {
    let refusals = 1;
    relay.lies = {
      register: (visitor) => {
        refusals -= 1;
        if (refusals >= 0) visitor.say('Error', { code: 429, message: 'Too often.', retry_after_ms: 300 });
        return refusals >= 0;
      },
    };
    const { link, states } = linkTo(relay.url, hasty);
    const beganAtMs = Date.now();
    link.start();
    await link.untilConnected();
    expect(Date.now() - beganAtMs).toBeGreaterThanOrEqual(295);
    expect(states[1]).toMatchObject({ is: 'waiting', code: 429, why: 'The relay asks for a pause: Too often.' });
  });

  test('with 503 backs off and comes back', async () => {
    let refusals = 3;
    relay.lies = {
      register: (visitor) => {
        refusals -= 1;
        if (refusals >= 0) visitor.say('Error', { code: 503, message: 'Redis is away.' });
        return refusals >= 0;
      },
    };
    const { link, states } = linkTo(relay.url, { ...json, random: () => 0.1 });
    link.start();
    await link.untilConnected();
    const waits = states.filter(({ is }) => is === 'waiting');
    expect(waits).toHaveLength(3);
    expect(waits[0]).toMatchObject({ why: 'The relay cannot take this device now: Redis is away.' });
  });
});

test('a relay that speaks no MessagePack is spoken to in JSON', async () => {
  const { link, states } = await connectedLink(relay.url, { random: () => 0 });
  expect(link.encoding).toBe('json');
  expect(states.map(({ is }) => is)).toEqual(['connecting', 'waiting', 'connecting', 'connected']);
});

test('a link that is stopped while it connects, or waits, leaves nothing open', async () => {
  const { link } = linkTo(relay.url, hasty);
  link.start();
  await link.stop();
  expect(link.state).toMatchObject({ is: 'stopped', code: 'ended' });
  const other = await connectedLink(relay.url, json);
  relay.visitors.at(-1)!.close(4008);
  await eventually(() => expect(other.link.state.is).toBe('waiting'));
  await other.link.stop();
  await expect(other.link.untilConnected()).rejects.toMatchObject({ code: 'closed' });
});

test('a link that is woken looks at once whether its connection still is one', async () => {
  const { link } = await connectedLink(relay.url, hasty);
  link.wake();
  await eventually(() => expect(relay.heardOf('Ping')).toHaveLength(1));
  expect(link.state).toMatchObject({ is: 'connected' });
});

test('a link that is woken while it backs off tries at once', async () => {
  const { link } = await connectedLink(relay.url, { ...json, random: () => 0.999 });
  relay.lies = {
    register: (visitor) => {
      visitor.cut();
      return true;
    },
  };
  relay.visitors[0]!.cut();
  // Delays double, so a long one comes soon.
  await eventually(() => {
    expect(link.state.is === 'waiting' && link.state.untilMs - Date.now() > 1_500).toBe(true);
  });
  relay.lies = {};
  const beganAtMs = Date.now();
  const { untilMs } = link.state as { untilMs: number };
  link.wake();
  await link.untilConnected();
  expect(beganAtMs).toBeLessThan(untilMs);
});

test('a link that is woken again and again tries at once, and gives a busy relay as long a rest as before', async () => {
  relay.lies = {
    register: (visitor) => {
      visitor.say('Error', { code: 503, message: 'Redis is away.' });
      return true;
    },
  };
  const { link, states } = linkTo(relay.url, { ...json, random: () => 0.999, now: () => 0 });
  link.start();
  const delays = () => states.flatMap((state) => (state.is === 'waiting' ? [state.untilMs] : []));
  for (let times = 1; times <= 5; times += 1) {
    await eventually(() => expect(delays().length).toBeGreaterThanOrEqual(times));
    link.wake();
  }
  expect(delays().slice(0, 5)).toEqual([499, 999, 1_998, 3_996, 7_992]);
});
