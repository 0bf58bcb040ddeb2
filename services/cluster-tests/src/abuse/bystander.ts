import { eventually } from '@openrelay/launch';
import { DeviceSigner } from '@openrelay/testing';
import { WireDevice } from './wire/wire-device';
import type { Place } from './wire/wire-socket';

const returnMs = 500;

/** A well-behaved device: acks what it gets, and comes back when its connection ends. */
export class Bystander {
  onMessage: (messageId: string) => void = () => undefined;
  /** How often its connection ended without its doing. */
  disconnections = 0;
  /** How it was refused when it came back, by answer. */
  readonly refusals: string[] = [];
  private device: WireDevice | undefined;
  private leaving = false;
  private readonly key: DeviceSigner | undefined;
  private id: string | undefined;

  constructor(
    private readonly endpoint: Place,
    manner: 'claimed' | 'unclaimed',
  ) {
    this.key = manner === 'claimed' ? DeviceSigner.ofEd25519() : undefined;
  }

  get hardwareId(): string {
    return this.id!;
  }

  get connected(): WireDevice | undefined {
    return this.device?.socket.isOpen ? this.device : undefined;
  }

  /** Resolves when it is registered; rejects when it is refused. */
  async arrive(): Promise<void> {
    this.leaving = false;
    const { device, answer } = await WireDevice.arrive(this.endpoint, {
      ...(this.id === undefined ? {} : { hardwareId: this.id }),
      ...(this.key === undefined ? {} : { key: this.key }),
      onReceive: ({ message_id: messageId }, receiver) => {
        this.onMessage(String(messageId));
        receiver.ack(messageId);
      },
      onFrame: ({ type, payload }) => this.refusals.push(`${type} ${String(payload.code)}`),
    });
    if (answer !== 'registered') {
      device.disconnect();
      throw new Error(`A bystander could not register: ${answer}.`);
    }
    this.id = device.hardwareId;
    this.device = device;
    void device.socket.closed.then(() => this.disconnected());
  }

  /** Before anybody attacks: what a busy machine refuses then is nobody's doing. */
  async settleIn(): Promise<void> {
    await eventually(() => this.arrive());
    this.refusals.length = 0;
  }

  disconnect(): void {
    this.leaving = true;
    this.device?.disconnect();
  }

  private disconnected(): void {
    if (this.leaving) return;
    this.disconnections += 1;
    this.comeBack();
  }

  private comeBack(): void {
    setTimeout(() => {
      if (this.leaving) return;
      this.arrive().catch((error: Error) => {
        this.refusals.push(error.message);
        this.comeBack();
      });
    }, returnMs).unref();
  }
}
