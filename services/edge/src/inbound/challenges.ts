import { randomBytes } from 'node:crypto';
import type { Settings } from '@openrelay/config';
import { challengeMs, deviceKeyOf, encodeChallenge, type Refusal, type RegisterMessage } from '@openrelay/protocol';
import { type Claims, type Proof, shardOf } from '@openrelay/state';
import type { Challenge } from '../connection/challenge';
import { type Connection, challengeOf } from '../connection/connection';
import type { Outbox } from '../connection/outbox';
import { cannotRegister, refusal, unproven } from '../connection/refusals';
import type { Replies } from '../connection/replies';
import type { Registrations } from '../holders/registrations';
import { isSigned, readPublicKey } from './signatures';
import { provableHosts, registerText, successionText } from './signed-texts';

const nonceBytes = 32;
/** A wrong proof counts as a refused frame of this size: to check one takes longer than to read a small frame. */
const wrongProofBytes = 256 * 1024;

export type ChallengeParts = {
  settings: Pick<Settings, 'claims' | 'publicHosts'>;
  shards: number;
  claims: Pick<Claims, 'keyOf'>;
  clock: { now: () => number };
  monotonicMs: () => number;
  outbox: Pick<Outbox, 'add'>;
  replies: Pick<Replies, 'refuse'>;
  registrations: Pick<Registrations, 'register'>;
};

/** Lets a device that shows a key prove that it has it, before it is registered. Who may hold a claimed id, Redis judges. */
export class Challenges {
  constructor(private readonly parts: ChallengeParts) {}

  /** Registers at once, or asks for the proof first. A challenge that the connection had before is over. */
  begin(connection: Connection, asked: RegisterMessage): void {
    const { settings, outbox, clock, monotonicMs } = this.parts;
    challengeOf(connection).challenge = undefined;
    if (settings.claims === 'off' || !asked.publicKey) {
      this.register(connection, asked, undefined);
      return;
    }
    const keyBytes = Buffer.from(asked.publicKey);
    const key = readPublicKey(keyBytes);
    if (!key) {
      this.refuse(connection, refusal('malformed', 'Register.public_key is no point of its curve.'));
      return;
    }
    const nonce = randomBytes(nonceBytes);
    const deadlineMs = monotonicMs() + challengeMs;
    challengeOf(connection).challenge = { asked, key, keyBytes, nonce, deadlineMs, isProven: false };
    outbox.add(connection, encodeChallenge(connection.encoding, nonce, Math.floor(clock.now()) + challengeMs));
  }

  /** The device has answered; it has one attempt for each challenge. */
  prove(connection: Connection, signature: Uint8Array): void {
    const { challenge } = connection;
    if (!challenge || challenge.isProven) {
      this.refuse(connection, unproven('There is no challenge to answer: send a Register with your public_key first.'));
      return;
    }
    challengeOf(connection).challenge = undefined;
    if (this.parts.monotonicMs() > challenge.deadlineMs) {
      this.refuse(connection, unproven(`The challenge is over after ${challengeMs / 1000} s: register again.`));
    } else if (!this.isRight(connection, challenge, signature)) {
      const text = 'The signature is not that of your public_key over this challenge, this id and this host.';
      this.refuse(connection, unproven(text), wrongProofBytes);
    } else if (challenge.asked.succession) {
      challengeOf(connection).challenge = challenge;
      challenge.isProven = true;
      void this.succeed(connection, challenge, challenge.asked.succession); // never rejects
    } else {
      this.register(connection, challenge.asked, { key: challenge.keyBytes });
    }
  }

  private isRight({ host }: Connection, { asked, key, keyBytes, nonce }: Challenge, signature: Uint8Array): boolean {
    const device = deviceKeyOf(asked.claimedId);
    const hosts = provableHosts(host, this.parts.settings.publicHosts);
    return hosts.some((each) => isSigned(registerText(device, each, nonce, keyBytes), key, signature));
  }

  /** The id may be bound to another key, which has signed this one. A signature of any other key is as none. */
  private async succeed(connection: Connection, challenge: Challenge, signature: Uint8Array): Promise<void> {
    const { asked, keyBytes } = challenge;
    const device = deviceKeyOf(asked.claimedId);
    const bound = await this.parts.claims.keyOf(shardOf(device, this.parts.shards), device).catch(() => 'unavailable');
    // Closed meanwhile, or it has asked for something else since.
    if (!connection.isOpen || connection.challenge !== challenge) return;
    challengeOf(connection).challenge = undefined;
    if (typeof bound === 'string') {
      this.refuse(connection, cannotRegister());
      return;
    }
    const before = bound && readPublicKey(bound);
    const isSucceeded = before && isSigned(successionText(device, keyBytes), before, signature);
    this.register(connection, asked, { key: keyBytes, succeeds: isSucceeded ? bound : undefined });
  }

  private register(connection: Connection, asked: RegisterMessage, proof: Proof | undefined): void {
    const { claimedId: hardwareId, acks, presence } = asked;
    this.parts.registrations.register(connection, { hardwareId, acks, presence, proof });
  }

  private refuse(connection: Connection, refused: Refusal, frameBytes = 0): void {
    this.parts.replies.refuse(connection, refused, frameBytes);
  }
}
