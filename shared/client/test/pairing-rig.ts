import {
  type AuthFrame,
  codeKeyExchange,
  digitsKeyExchange,
  type Identity,
  loadIdentity,
  MemoryStore,
  type PairingCode,
  PairingExchange,
  type PairingMode,
  type PairingOutput,
  type PairingRole,
  type RandomBytes,
  sha256,
  utf8,
} from '../src/index';

/** The same bytes for the same seed, each time. */
export function seededRandom(seed: string): RandomBytes {
  let calls = 0;
  return (bytes) => {
    calls += 1;
    const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, block) =>
      sha256(utf8(`${seed} ${calls} ${block}`)),
    );
    return Uint8Array.from(blocks.flatMap((block) => [...block]).slice(0, bytes));
  };
}

const identities = new Map<string, Promise<Identity>>();

/** The same for the same name. */
export function identityOf(name: string): Promise<Identity> {
  const identity = identities.get(name) ?? loadIdentity(new MemoryStore(), { name, random: seededRandom(name) });
  identities.set(name, identity);
  return identity;
}

export const code: PairingCode = { number: 7, words: ['crossover', 'clockwork'] };
const temporaryId = 'C0'.repeat(32);

export type Side = { readonly role: PairingRole; readonly exchange: PairingExchange; readonly identity: Identity };
export type SideOptions = {
  readonly role: PairingRole;
  readonly mode: PairingMode;
  readonly identity: Identity;
  readonly code?: PairingCode;
  /** Of the other one, as the relay says. */
  readonly peerId?: string;
  /** Of the joiner, as the relay says. */
  readonly joinerId?: string;
  readonly random?: RandomBytes;
};

export async function sideOf(options: SideOptions): Promise<Side> {
  const { role, mode, identity, peerId } = options;
  const random = options.random ?? seededRandom(`${identity.id} ${role}`);
  const joiner = options.joinerId ?? (role === 'joiner' ? identity.id : peerId!);
  const ids = { joiner, host: temporaryId };
  const keys =
    mode === 'code'
      ? codeKeyExchange({ role, code: options.code ?? code, ids, random })
      : await digitsKeyExchange(random);
  const expected = role === 'joiner' && mode === 'code' ? undefined : peerId;
  return { role, identity, exchange: new PairingExchange(role, { identity, keys, peerId: expected, random }) };
}

/** Ada joins, Bob hosts. */
export async function twoSides(mode: PairingMode, changes: { joiner?: object; host?: object } = {}) {
  const [ada, bob] = [await identityOf('Ada'), await identityOf('Bob')];
  const joiner = await sideOf({ role: 'joiner', mode, identity: ada, peerId: bob.id, ...changes.joiner });
  const host = await sideOf({ role: 'host', mode, identity: bob, peerId: ada.id, ...changes.host });
  return { ada, bob, joiner, host };
}

/** What a relay between the two makes of a frame: what it hands on, to the side that it is for. */
export type Between = (frame: AuthFrame, from: PairingRole) => readonly AuthFrame[] | Promise<readonly AuthFrame[]>;
export type Handled = Record<PairingRole, PairingOutput[]>;

const honest: Between = (frame) => [frame];
/** Far more than any pairing needs: no test runs for ever. */
const maxFrames = 40;

/**
 * Runs both to their ends, with a relay between them. `answers`: what each side's user says to the digits, or nobody says.
 */
export async function talk(
  sides: { joiner: Side; host: Side },
  {
    between = honest,
    answers = {},
  }: { between?: Between; answers?: Partial<Record<PairingRole, 'trust' | 'no'>> } = {},
): Promise<Handled> {
  const heard: Handled = { joiner: [], host: [] };
  const underway: { to: PairingRole; frame: AuthFrame }[] = [];
  const take = async (role: PairingRole, outputs: readonly PairingOutput[]): Promise<void> => {
    for (const output of outputs) {
      heard[role].push(output);
      if (output.type === 'send') {
        const to = role === 'joiner' ? 'host' : 'joiner';
        for (const frame of await between(output.frame, role)) underway.push({ to, frame });
      }
      if (output.type === 'verified') {
        const { exchange } = sides[role];
        await take(role, (answers[role] ?? 'trust') === 'trust' ? exchange.trust() : exchange.giveUp('digits-differ'));
      }
    }
  };
  await take('joiner', await sides.joiner.exchange.begin());
  for (let count = 0; underway.length > 0 && count < maxFrames; count += 1) {
    const { to, frame } = underway.shift()!;
    await take(to, await sides[to].exchange.handle(frame));
  }
  return heard;
}

type Ending = PairingOutput & { type: 'paired' | 'failed' };

export function endOf(outputs: readonly PairingOutput[]): Ending | undefined {
  const ends = outputs.filter((output) => output.type === 'paired' || output.type === 'failed');
  if (ends.length > 1) throw new Error('A pairing has ended twice.');
  return ends[0] as Ending | undefined;
}

/** `paired with NAME`, the error's code, or `open`. */
export function endings(heard: Handled): Record<PairingRole, string> {
  const word = (role: PairingRole): string => {
    const end = endOf(heard[role]);
    if (end === undefined) return 'open';
    return end.type === 'paired' ? `paired with ${end.peer.name}` : end.error.code;
  };
  return { joiner: word('joiner'), host: word('host') };
}

export function digitsIn(outputs: readonly PairingOutput[]): string | undefined {
  return outputs.find((output) => output.type === 'verified')?.digits;
}
