import type { DeviceKey } from '@openrelay/protocol';
import type { Proof } from '@openrelay/state';
import { type ConnectionEvent, type ConnectionState, stateAfter } from './connection-state';

/** Which device a connection holds, or asks to hold. */
export class Holding {
  /** As the device wrote it; '' until it registers. */
  hardwareId = '';
  device = '' as DeviceKey;
  shard = 0;
  /** Names this holding of the device in Redis; scripts do nothing for a session that is no longer the holder. */
  session = '';
  /** When it registered, by Redis's clock; 0 before. */
  sinceMs = 0;
  /** Whether the device promised to ack whatever it receives. */
  promisesAcks = false;
  /** What this connection has proven of the device's key; with it the device is registered again after an outage. */
  proof: Proof | undefined;
  presence: 'shown' | 'hidden' = 'shown';
  /** How well the relay knows the device, as Redis last said. */
  standing: 'seen' | 'known' = 'seen';
  /** How long the device was connected altogether, as far as Redis knows. */
  connectedSeconds = 0;
  /** Since when Redis was not told that the device is connected; undefined until it registers. By the monotonic clock. */
  unreportedFromMs: number | undefined;
  /** When its lease was last begun or renewed; by the monotonic clock. */
  leasedAtMs = 0;
  /** Registrations that are waiting or under way. */
  registersUnderWay = 0;
  /** It may be known to Redis by an earlier name: what it asked for under this one was refused, and may have been done. */
  isUnsettled = false;
  private current: ConnectionState = 'unregistered';

  get state(): ConnectionState {
    return this.current;
  }

  /** Changes the state, which nothing else does. */
  on(event: ConnectionEvent): void {
    this.current = stateAfter(this.current, event);
  }

  /** The device has named itself. */
  identify(hardwareId: string, device: DeviceKey, shard: number, promisesAcks: boolean): void {
    this.hardwareId = hardwareId;
    this.device = device;
    this.shard = shard;
    this.promisesAcks = promisesAcks;
  }

  /** The device is not who it said to be: it is as if it had not named itself. */
  disown(): void {
    this.identify('', '' as DeviceKey, 0, false);
    this.proof = undefined;
  }

  /** A registration was refused, and may have been carried out. */
  refuse(): void {
    if (this.current === 'registered') return; // under its one name, or being recovered
    this.on(this.sinceMs > 0 ? 'refused' : 'refusedFirst');
    this.isUnsettled = this.current === 'offline';
  }
}
