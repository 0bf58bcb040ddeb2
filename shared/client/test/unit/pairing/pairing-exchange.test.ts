import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { type AuthFrame, fromBase64, type PairingMode, type PairingOutput, toHex } from '../../../src/index';
import { code, digitsIn, endings, endOf, identityOf, sideOf, talk, twoSides } from '../../pairing-rig';

const modes: readonly PairingMode[] = ['code', 'digits'];

function secretsIn(outputs: readonly PairingOutput[]) {
  const end = endOf(outputs);
  if (end?.type !== 'paired') throw new Error('These are not paired.');
  return end.secrets;
}

describe.each(modes)('two devices with %s', (mode) => {
  test('print no keys', async () => {
    const { joiner, host } = await twoSides(mode);
    await talk({ joiner, host }, { between: (frame) => (frame.type === 'AuthVerify' ? [] : [frame]) });
    for (const { exchange } of [joiner, host]) {
      expect(inspect({ exchange }, { depth: null })).toBe('{ exchange: [pairing] }');
      expect(JSON.stringify({ exchange })).toBe('{"exchange":"[pairing]"}');
    }
  });

  test('come to the same secrets, each with the name and keys of the other', async () => {
    const { ada, bob, joiner, host } = await twoSides(mode);
    const heard = await talk({ joiner, host });
    expect(endings(heard)).toEqual({ joiner: 'paired with Bob', host: 'paired with Ada' });
    expect(endOf(heard.host)).toMatchObject({ peer: { id: ada.id, signing: ada.signing.publicKey } });
    expect(endOf(heard.joiner)).toMatchObject({ peer: { id: bob.id, agreement: bob.agreement.publicKey } });

    const [one, other] = [secretsIn(heard.joiner), secretsIn(heard.host)];
    expect([one.role, other.role]).toEqual(['initiator', 'responder']);
    expect(toHex(one.pairingKey)).toBe(toHex(other.pairingKey));
    expect(toHex(one.transcriptHash)).toBe(toHex(other.transcriptHash));
    expect(await one.ephemeral.agree(one.theirEphemeral)).toEqual(await other.ephemeral.agree(other.theirEphemeral));
    expect(digitsIn(heard.joiner)).toMatch(/^\d{3} \d{3}$/);
    expect(digitsIn(heard.joiner)).toBe(digitsIn(heard.host));
  });

  test('say one Request, Response and Verify, and both their Success', async () => {
    const said: string[] = [];
    await talk(await twoSides(mode), {
      between: (frame, from) => {
        said.push(`${from} ${frame.type}`);
        return [frame];
      },
    });
    expect(said.slice(0, 3)).toEqual(['joiner AuthRequest', 'host AuthResponse', 'joiner AuthVerify']);
    expect(said.slice(3).sort()).toEqual(['host AuthSuccess', 'joiner AuthSuccess']);
  });

  test('are not paired while one of the users has not said yes', async () => {
    const sides = await twoSides(mode);
    const heard = await talk(sides, { answers: { host: 'no' } });
    expect(endings(heard)).toEqual({ joiner: 'refused', host: 'digits-differ' });
  });

  test('are left with nothing to be read after a failure', async () => {
    const sides = await twoSides(mode);
    const heard = await talk(sides, { answers: { joiner: 'no' } });
    expect(endings(heard)).toEqual({ joiner: 'digits-differ', host: 'refused' });
    expect(sides.joiner.exchange.trust()).toEqual([]);
    expect(await sides.host.exchange.handle({ type: 'AuthSuccess', fields: { trusted: true } })).toEqual([]);
  });

  test('hear of it when the other speaks another version', async () => {
    const between = (frame: AuthFrame) =>
      frame.type === 'AuthRequest' ? [{ ...frame, fields: { ...frame.fields, v: 2 } }] : [frame];
    const heard = await talk(await twoSides(mode), { between });
    expect(endings(heard)).toEqual({ joiner: 'other-version', host: 'other-version' });
  });

  test('do not pair with themselves', async () => {
    const ada = await identityOf('Ada');
    const joiner = await sideOf({ role: 'joiner', mode, identity: ada, peerId: ada.id });
    const host = await sideOf({ role: 'host', mode, identity: ada, peerId: ada.id });
    expect(endings(await talk({ joiner, host })).joiner).toBe('itself');
  });

  test('show nothing secret when they are printed', async () => {
    const { inspect } = await import('node:util');
    const { ada } = await twoSides(mode);
    const shown = inspect(ada, { depth: 9, showHidden: true });
    expect(shown).not.toMatch(/seed|secret/i);
  });
});

test('what the relay carries of a pairing by code names neither device', async () => {
  const { ada, bob, joiner, host } = await twoSides('code');
  let carried = '';
  await talk(
    { joiner, host },
    {
      between: (frame) => {
        const texts = Object.values(frame.fields).map(
          (value) => `${String(value)} ${latin1(fromBase64(String(value)))}`,
        );
        carried += texts.join(' ');
        return [frame];
      },
    },
  );
  for (const secret of [ada.name, bob.name, bob.id, ...code.words]) expect(carried).not.toContain(secret);
});

test('another code is a wrong code on both sides, and neither learns who the other is', async () => {
  const sides = await twoSides('code', { joiner: { code: { number: 7, words: ['crossover', 'cobra'] } } });
  const heard = await talk(sides);
  expect(endings(heard)).toEqual({ joiner: 'wrong-code', host: 'wrong-code' });
  expect([...heard.joiner, ...heard.host].filter((output) => output.type === 'verified')).toEqual([]);
});

test('a joiner that goes on with a wrong code is found out by the host, too', async () => {
  const { host } = await twoSides('code');
  const { joiner } = await twoSides('code', { joiner: { code: { number: 7, words: ['crossover', 'cobra'] } } });
  const heard = await talk(
    { joiner, host },
    {
      between: (frame, from) => {
        if (from === 'host' || frame.type === 'AuthRequest') return [frame];
        return [{ type: 'AuthVerify', fields: { challenge_response: btoa('guess'.repeat(100)) } }];
      },
    },
  );
  expect(endings(heard).host).toBe('wrong-code');
});

test('the code is bound to both connections: a relay that carries it to another id breaks it', async () => {
  const mallory = await identityOf('Mallory');
  const sides = await twoSides('code', { host: { peerId: mallory.id } });
  expect(endings(await talk(sides))).toEqual({ joiner: 'wrong-code', host: 'wrong-code' });
});

test('a device that shows another id than the one that was asked for is not taken', async () => {
  const eve = await identityOf('Eve');
  const { joiner } = await twoSides('digits');
  const host = await sideOf({ role: 'host', mode: 'digits', identity: eve, peerId: joiner.identity.id });
  expect(endings(await talk({ joiner, host })).joiner).toBe('tampered');
});

function latin1(bytes: Uint8Array | undefined): string {
  return String.fromCharCode(...(bytes ?? []));
}
