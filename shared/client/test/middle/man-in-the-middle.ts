import { generateAgreementKey } from '../../src/crypto/index';
import {
  type AuthFrame,
  codeKeyExchange,
  digitsKeyExchange,
  generateSigningKey,
  type Identity,
  type KeyExchange,
  PairingExchange,
  type PairingOutput,
  type PairingRole,
  randomBytes,
  toBase64,
} from '../../src/index';
import type { ReadingRig } from './middle-rig';
import type { Leg, Lie, Passing, RelayInTheMiddle } from './relay-in-the-middle';

/** Two devices that don't know each other. */
export type Pair = Record<PairingRole, ReadingRig>;

export function idsOf(id: unknown): Record<string, unknown> {
  return { hardware_id: id, device_id: id, recipient_id: id };
}

/** Pairs with each of the two in the other's name, as well as it can. */
export class ManInTheMiddle {
  readonly seenNames: string[] = [];
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly middle: RelayInTheMiddle,
    private readonly devices: Pair,
    /** `joiner`: the one that talks to the host. */
    private readonly exchanges: Record<PairingRole, PairingExchange>,
  ) {}

  static async between(middle: RelayInTheMiddle, devices: Pair, mode: 'code' | 'digits'): Promise<ManInTheMiddle> {
    const [asHost, asJoiner] = [await impostorOf(devices.host), await impostorOf(devices.joiner)];
    const make = (role: PairingRole, identity: Identity, keys: KeyExchange) =>
      new PairingExchange(role, { identity, keys, peerId: undefined, random: randomBytes });
    const keysOf = async (role: PairingRole): Promise<KeyExchange> => {
      if (mode === 'digits') return digitsKeyExchange(randomBytes);
      // It has to guess the words.
      const code = { number: 1, words: ['crossover', 'clockwork'] } as const;
      return codeKeyExchange({
        role,
        code,
        ids: { joiner: devices.joiner.id, host: 'C0'.repeat(32) },
        random: randomBytes,
      });
    };
    return new ManInTheMiddle(middle, devices, {
      host: make('host', asHost, await keysOf('host')),
      joiner: make('joiner', asJoiner, await keysOf('joiner')),
    });
  }

  readonly lie: Lie = (passing, leg) => {
    if (!passing.type.startsWith('Auth') || passing.way === 'down') return undefined;
    this.turn = this.turn.then(() => this.handle(passing, leg));
    return [];
  };

  private async handle({ type, id, payload }: Passing, leg: Leg): Promise<void> {
    const frame = { type, fields: fieldsOf(payload) } as AuthFrame;
    const isOfJoiner = id === this.devices.joiner.id;
    const role = isOfJoiner ? 'host' : 'joiner';
    if (isOfJoiner && type === 'AuthRequest') {
      const host = this.middle.leg(String(payload.recipient_id).toUpperCase());
      this.say(await this.exchanges.joiner.begin(), 'joiner', host, this.devices.joiner.id);
    }
    this.say(await this.exchanges[role].handle(frame), role, leg, String(payload.recipient_id));
  }

  /** @param as whom it speaks */
  private say(outputs: readonly PairingOutput[], role: PairingRole, leg: Leg, as: string): void {
    for (const output of outputs) {
      if (output.type === 'send') {
        leg.toDevice({ type: output.frame.type, payload: { ...output.frame.fields, ...idsOf(as) } });
      }
      if (output.type === 'verified') {
        this.seenNames.push(output.peer.name);
        this.say(this.exchanges[role].trust(), role, leg, as);
      }
    }
  }
}

/** With the id and the name of a device, and keys of its own. */
async function impostorOf({ device: { identity } }: ReadingRig): Promise<Identity> {
  return {
    id: identity.id,
    name: identity.name,
    signing: await generateSigningKey(),
    agreement: await generateAgreementKey(),
  };
}

/** As the library sees them: bytes as base64, also where they travelled as they are. */
function fieldsOf(payload: Passing['payload']): Record<string, unknown> {
  const entries = Object.entries(payload).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? toBase64(value) : value,
  ]);
  return Object.fromEntries(entries);
}
