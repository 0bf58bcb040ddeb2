import {
  type AuthFrame,
  codeKeyExchange,
  digitsKeyExchange,
  type KeyExchange,
  type PairingCode,
  PairingExchange,
  type PairingMode,
  type PairingOutput,
  type PairingRole,
  rendezvousId,
  toHex,
} from '../../src/index';
import { keysOfPairing } from '../../src/pairing/exchange/pairing-box';
import { endOf, talk } from '../pairing-rig';
import { fixedBytes, fixedDevice, randomOf } from './fixed-devices';

const code: PairingCode = { number: 7, words: ['crossover', 'clockwork'] };

/** What one side draws at random, in the order in which it does. */
function drawn(role: PairingRole, mode: PairingMode) {
  return {
    share_secret: fixedBytes(`${role}'s share by ${mode}`, mode === 'code' ? 48 : 32),
    ephemeral_secret: fixedBytes(`${role}'s ephemeral by ${mode}`),
    nonce: fixedBytes(`${role}'s nonce by ${mode}`),
    box_nonce: fixedBytes(`${role}'s box by ${mode}`, 12),
  };
}

async function keysFor(role: PairingRole, mode: PairingMode, joinerId: string): Promise<KeyExchange> {
  const random = randomOf(drawn(role, mode).share_secret);
  const ids = { joiner: joinerId, host: rendezvousId(code.number) };
  return mode === 'code' ? codeKeyExchange({ role, code, ids, random }) : digitsKeyExchange(random);
}

async function sideFor(role: PairingRole, mode: PairingMode, ids: Record<PairingRole, string>) {
  const { identity, told } = await fixedDevice(role === 'joiner' ? 'Phone' : 'Laptop');
  const keys = await keysFor(role, mode, ids.joiner);
  const { ephemeral_secret, nonce, box_nonce } = drawn(role, mode);
  const random = randomOf(ephemeral_secret, nonce, box_nonce);
  const peerId = role === 'host' ? ids.joiner : mode === 'digits' ? ids.host : undefined;
  const exchange = new PairingExchange(role, { identity, keys, peerId, random });
  const draws = Object.fromEntries(Object.entries(drawn(role, mode)).map(([name, bytes]) => [name, toHex(bytes)]));
  return { side: { role, identity, exchange }, told: { ...told, ...draws, share: toHex(keys.share) } };
}

/** A whole pairing with everything that is drawn at random fixed. */
export async function pairingVectors(mode: PairingMode): Promise<object> {
  const ids = { joiner: (await fixedDevice('Phone')).identity.id, host: (await fixedDevice('Laptop')).identity.id };
  const [joiner, host] = [await sideFor('joiner', mode, ids), await sideFor('host', mode, ids)];
  const frames: object[] = [];
  const between = (frame: AuthFrame, from: PairingRole): AuthFrame[] => {
    frames.push({ from, type: frame.type, payload: frame.fields });
    return [frame];
  };
  const heard = await talk({ joiner: joiner.side, host: host.side }, { between });
  return {
    about: `A pairing by ${mode}, with everything fixed that is drawn at random (hex, in the order in which it is drawn). The payloads are without the ids, which the relay stamps.`,
    ...(mode === 'code' && { code: '7-crossover-clockwork', ids: { A: ids.joiner, B: rendezvousId(code.number) } }),
    joiner: joiner.told,
    host: host.told,
    frames,
    keys: await keysTold(mode, ids.joiner),
    result: resultOf(heard.host),
  };
}

async function keysTold(mode: PairingMode, joinerId: string): Promise<object> {
  const [joiner, host] = [await keysFor('joiner', mode, joinerId), await keysFor('host', mode, joinerId)];
  const agreed = (await host.finish(joiner.share))!;
  const { box, auth } = keysOfPairing(agreed.pairingKey);
  const { own, theirs } = agreed.confirmations ?? {};
  return {
    pairing_key: toHex(agreed.pairingKey),
    ...(own && theirs && { joiner_confirmation: toHex(theirs), host_confirmation: toHex(own) }),
    box_key: toHex(box),
    auth_key: toHex(auth),
  };
}

function resultOf(outputs: readonly PairingOutput[]): object {
  const end = endOf(outputs);
  if (end?.type !== 'paired') throw new Error('The two of the vectors are not paired.');
  const digits = outputs.find((output) => output.type === 'verified')?.digits;
  return { digits, transcript_hash: toHex(end.secrets.transcriptHash) };
}
