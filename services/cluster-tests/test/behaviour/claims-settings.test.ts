import { describe, expect, test } from '@jest/globals';
import { DeviceSigner, freshHardwareId, type TestDevice } from '@openrelay/testing';
import { connectDevice, errorOf, exchange, proveKey, registerClaimed, say, showKey } from '../../src';
import { useCluster } from './use-cluster';

describe('RELAY_CLAIMS=required', () => {
  const cluster = useCluster({ edges: 1, env: { RELAY_CLAIMS: 'required' } });

  test('refuses who shows no key, and takes who proves one', async () => {
    const device = await connectDevice(cluster.edge(0));
    say(device, 'Register', { hardware_id: device.hardwareId });
    expect(await errorOf(device)).toMatchObject({ code: 401, message: expect.any(String) });
    device.sendMessage(device.hardwareId);
    expect(await errorOf(device)).toMatchObject({ code: 403 });
    const signer = await DeviceSigner.make();
    expect((await registerClaimed(device, signer)).payload).toMatchObject({ claimed: true });
    await exchange(device, device);
    for (const status of ['Offline', 'Online']) say(device, 'Status', { hardware_id: device.hardwareId, status });
    expect((await device.register()).payload).toMatchObject({ claimed: true }); // proven on this connection
    await exchange(device, device);
  });
});

describe('RELAY_CLAIMS=off', () => {
  const cluster = useCluster({ edges: 1, env: { RELAY_CLAIMS: 'off' } });

  test('ignores the key: nobody is challenged, and nothing is bound', async () => {
    const signer = await DeviceSigner.make();
    const device = await connectDevice(cluster.edge(0));
    const { payload } = await device.register(device.hardwareId, { public_key: signer.shown });
    expect(payload).not.toHaveProperty('claimed');
    const other = await connectDevice(cluster.edge(0));
    await other.register(device.hardwareId);
    expect((await device.closed).code).toBe(4001);
    expect(device.frames.map(({ type }) => type)).toEqual(['RegisterResponse']);
  });

  test('a Contacts is refused, since nobody has a key', async () => {
    const device = await connectDevice(cluster.edge(0));
    await device.register();
    say(device, 'Contacts', { accept: 'listed' });
    expect(await errorOf(device)).toMatchObject({ code: 401 });
  });
});

describe('RELAY_PUBLIC_HOSTS', () => {
  const hosts = ['relay.example.org', 'relay.example.net:8443'];
  const cluster = useCluster({ edges: 1, env: { RELAY_PUBLIC_HOSTS: hosts.join(',') } });

  test.each(hosts)('takes a proof for %s, whatever Host a proxy has made of it', async (host) => {
    const device = await connectDevice(cluster.edge(0));
    await proveKey(device, await DeviceSigner.make('P-256'), {}, host);
    expect((await device.next('RegisterResponse')).payload).toMatchObject({ claimed: true });
  });

  test.each([
    ['the host that the connection says', (device: TestDevice) => device.host],
    ["a stranger's host", () => 'relay.example.com'],
    ['a host without its port', () => 'relay.example.net'],
    ['a host in upper case', () => 'RELAY.EXAMPLE.ORG'],
  ])('refuses a proof for %s', async (_name, hostOf) => {
    const device = await connectDevice(cluster.edge(0));
    await proveKey(device, await DeviceSigner.make(), {}, hostOf(device));
    expect(await errorOf(device)).toMatchObject({ code: 401 });
  });
});

describe('RELAY_HANDSHAKE_TIMEOUT_SECONDS', () => {
  const cluster = useCluster({ edges: 1, env: { RELAY_HANDSHAKE_TIMEOUT_SECONDS: '1' } });

  test('does not end a challenge, and asking again and again does end the connection', async () => {
    const signer = await DeviceSigner.make();
    const device = await connectDevice(cluster.edge(0));
    const idle = await connectDevice(cluster.edge(0));
    const nonce = await showKey(device, signer);
    expect((await idle.closed).code).toBe(1008);
    expect(device.isOpen).toBe(true);
    say(device, 'Prove', { signature: await signer.prove(device.hardwareId, device.host, nonce) });
    await device.next('RegisterResponse');
    const asker = await connectDevice(cluster.edge(0));
    await showKey(asker, signer, { hardware_id: freshHardwareId() });
    say(asker, 'Prove', { signature: Buffer.alloc(64).toString('base64') });
    expect(await errorOf(asker)).toMatchObject({ code: 401 });
    expect((await asker.closed).code).toBe(1008);
  });
});
