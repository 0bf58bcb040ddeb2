import { afterEach } from '@jest/globals';
import {
  type AskUser,
  type Identity,
  MemoryStore,
  Pairing,
  PairingError,
  type PairingParts,
  Peers,
} from '../../../src/index';
import { identityOf, seededRandom } from '../../pairing-rig';
import { RelayBetween } from '../../relay-between';

export const trust: AskUser = async () => 'trust';
export const refuse: AskUser = async () => 'refuse';
export const never: AskUser = () => new Promise(() => {});

export type Device = { identity: Identity; pairing: Pairing; peers: Peers; link: ReturnType<RelayBetween['register']> };

const devices: Device[] = [];

/** Closes what was opened in a test, at its end. */
export function useDevices(): void {
  afterEach(() => {
    for (const { pairing } of devices.splice(0)) pairing.close();
  });
}

export async function deviceOn(relay: RelayBetween, name: string, parts: Partial<PairingParts> = {}): Promise<Device> {
  const identity = await identityOf(name);
  const peers = await Peers.open(new MemoryStore());
  const link = relay.register(identity.id);
  const pairing = new Pairing({
    link,
    openTemporary: async (id) => relay.register(id),
    identity,
    peers,
    keep: async (peer) => void (await peers.add(peer)),
    random: seededRandom(`${name} pairs`),
    now: () => 1_700_000_000_000,
    ...parts,
    times: { repeatMs: 5, ...parts.times },
  });
  const device = { identity, pairing, peers, link };
  devices.push(device);
  return device;
}

export async function twoDevices(relay = new RelayBetween()) {
  return { relay, ada: await deviceOn(relay, 'Ada'), bob: await deviceOn(relay, 'Bob') };
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'paired',
    (error: unknown) => (error instanceof PairingError ? error.code : `no PairingError: ${String(error)}`),
  );
}

export function names(peers: Peers): string[] {
  return peers.list().map((peer) => peer.name);
}
