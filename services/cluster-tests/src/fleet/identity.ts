import { contactTag, type KeyKind } from '@openrelay/testing';
import { FleetKey, type ShownKey } from './fleet-key';

/** `half`: every other id is claimed, by a key of either kind, and every other of these lists whom it takes messages from. */
export type ClaimShare = 'half' | 'none';

/** By the number of a device, whose encoding goes by odd and even. */
const kinds: readonly (KeyKind | undefined)[] = [undefined, undefined, 'Ed25519', 'P-256'];
/** To a device that lists its contacts, one in so many of the fleet is none. */
const strangerOneIn = 4;

/** An id that no device has. */
const nobody = '0'.repeat(64);

/** What the devices of one id have in common: two that have the same take each other's place. */
export class Identity {
  /** A key that is about to be handed on is none that another device may still show. */
  isShared = false;

  private constructor(
    /** None: the id is not claimed. */
    readonly key: Promise<FleetKey> | undefined,
    /** Whom it takes messages from; none: from anybody. */
    readonly contacts: ReadonlySet<string> | undefined,
  ) {}

  static unclaimed(): Identity {
    return new Identity(undefined, undefined);
  }

  /** Of the device with this number, among the ids of a fleet. */
  static of(ids: readonly string[], number: number, share: ClaimShare): Identity {
    const kind = share === 'half' ? kinds[number % kinds.length] : undefined;
    if (kind === undefined) return Identity.unclaimed();
    const lists = number % (2 * kinds.length) < kinds.length;
    const contacts = ids.filter((_, other) => (other + number) % strangerOneIn !== 0);
    return new Identity(FleetKey.make(ids[number]!, kind), lists ? new Set(contacts) : undefined);
  }

  /** The relay has taken the key. @param next the kind of another key that is to take its place, if one is */
  async registered(shown: ShownKey, next: KeyKind | undefined): Promise<void> {
    const key = await this.key;
    key?.confirm(shown);
    if (next !== undefined && !this.isShared) await key?.renew(next);
  }
}

/** The fields of a `Contacts` that makes the list what it is to be, whatever part of it there was. */
export function contactFields(id: string, contacts: ReadonlySet<string>, manner: 'whole' | 'piecemeal'): object {
  const tags = [...contacts].map((other) => contactTag(id, other));
  if (manner === 'whole') return { accept: 'listed', replace: tags };
  return { accept: 'listed', add: tags, remove: [contactTag(id, nobody)] };
}
