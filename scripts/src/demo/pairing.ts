/** Pairing: each device proves by a signature over the other's challenge that it holds the keys that its id is made of. */
import { randomBytes } from 'node:crypto';
import { type PublicIdentity, readIdentity, sign, verify } from './identity';
import type { Participant } from './participant';
import type { Step } from './steps';

/** Both ids are in it, so that a signature made for one device proves nothing to another. */
function proof(challenge: string, signer: PublicIdentity, verifier: PublicIdentity): string {
  return `openrelay demo pairing\n${challenge}\n${signer.hardwareId}\n${verifier.hardwareId}`;
}

const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');
const base64 = (data: Uint8Array): string => Buffer.from(data).toString('base64');

function freshChallenge(): string {
  return randomBytes(32).toString('base64');
}

/** `asking` has seen the public keys of `asked` beforehand, as by scanning a code; `asked` knows nothing of `asking`. */
export function pairingSteps(asking: Participant, asked: Participant): Step[] {
  const scanned = readIdentity(asked.identity.publicKey);
  const challengeToAsked = freshChallenge();
  const challengeToAsking = freshChallenge();
  let requested = '';
  let challenged = '';

  async function request(): Promise<void> {
    const publicKey = bytes(asking.identity.publicKey);
    const challenge = bytes(challengeToAsked);
    asking.device.sendAuthRequest({ recipientId: scanned.hardwareId, publicKey, challenge });
    const arrived = await asking.unlessRefused(asked.authRequests.next());
    const claimed = readIdentity(base64(arrived.publicKey));
    if (claimed.hardwareId !== arrived.senderId) {
      throw new Error('the id of the device that asks is not made of the keys that it shows');
    }
    asked.peer = claimed;
    requested = base64(arrived.challenge);
  }

  async function respond(): Promise<void> {
    const peer = asked.peer!;
    const challengeResponse = bytes(sign(proof(requested, asked.identity, peer), asked.identity));
    const challenge = bytes(challengeToAsking);
    asked.device.sendAuthResponse({ recipientId: peer.hardwareId, challengeResponse, challenge });
    const arrived = await asked.unlessRefused(asking.authResponses.next());
    verify(proof(challengeToAsked, scanned, asking.identity), base64(arrived.challengeResponse), scanned);
    asking.peer = scanned;
    challenged = base64(arrived.challenge);
  }

  async function proveBack(): Promise<void> {
    const challengeResponse = bytes(sign(proof(challenged, asking.identity, scanned), asking.identity));
    asking.device.sendAuthVerify({ recipientId: scanned.hardwareId, challengeResponse });
    const arrived = await asking.unlessRefused(asked.authVerifies.next());
    const shown = base64(arrived.challengeResponse);
    verify(proof(challengeToAsking, asked.peer!, asked.identity), shown, asked.peer!);
  }

  async function trust(): Promise<void> {
    asked.device.sendAuthSuccess({ recipientId: asked.peer!.hardwareId, trusted: true });
    const arrived = await asked.unlessRefused(asking.authSuccesses.next());
    if (!arrived.trusted || arrived.senderId !== scanned.hardwareId) {
      throw new Error(`${asked.name} does not trust ${asking.name}`);
    }
  }

  return [
    { title: `AuthRequest: ${asking.name} shows its keys and challenges ${asked.name}`, run: request },
    { title: `AuthResponse: ${asked.name} signs, ${asking.name} verifies`, run: respond },
    { title: `AuthVerify: ${asking.name} signs, ${asked.name} verifies`, run: proveBack },
    { title: `AuthSuccess: ${asked.name} trusts ${asking.name}`, run: trust },
  ];
}
