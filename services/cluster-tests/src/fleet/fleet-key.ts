import { DeviceSigner, type KeyKind } from '@openrelay/testing';

export type ShownKey = {
  /** Fields of a `Register`. */
  readonly fields: Readonly<Record<string, string>>;
  /** Answers what `Prove` carries. */
  prove(edge: string, nonce: string): Promise<string>;
};

/**
 * The key that an id is bound to, of all devices of the fleet that have this id. A new one may take its place at any time: the
 * relay may have heard of it or not, so it is always shown together with what the key before has signed.
 */
export class FleetKey {
  private succession: string | undefined;
  private isConfirmed = false;
  private renewing = false;

  private constructor(
    private readonly id: string,
    private signer: DeviceSigner,
  ) {}

  static async make(id: string, kind: KeyKind): Promise<FleetKey> {
    return new FleetKey(id, await DeviceSigner.make(kind));
  }

  show(): ShownKey {
    const { signer, succession, id } = this;
    const fields = { public_key: signer.shown, ...(succession !== undefined && { succession }) };
    return { fields, prove: (edge, nonce) => signer.prove(id, new URL(edge).host, nonce) };
  }

  /** A registration with this key was answered. */
  confirm(shown: ShownKey): void {
    if (shown.fields.public_key === this.signer.shown) this.isConfirmed = true;
  }

  /** From the next registration on it is another key; not while the relay may not have heard of the present one. */
  async renew(kind: KeyKind): Promise<void> {
    if (!this.isConfirmed || this.renewing) return;
    this.renewing = true;
    const next = await DeviceSigner.make(kind);
    this.succession = await this.signer.succeededBy(this.id, next);
    this.signer = next;
    this.isConfirmed = false;
    this.renewing = false;
  }
}
