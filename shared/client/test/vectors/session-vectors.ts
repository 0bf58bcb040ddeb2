import { agreementKeyOf, toBase64, toHex, utf8 } from '../../src/index';
import { writeContent } from '../../src/sessions/content';
import { controlHead } from '../../src/sessions/control';
import { directionKey, introducedRoot, pairingRoot } from '../../src/sessions/key-schedule';
import { answerStep, finishStep, startStep } from '../../src/sessions/rotation-steps';
import { type SealedHeader, sealBytes } from '../../src/sessions/sealed-message';
import { firstState, newestEpoch, type SessionState } from '../../src/sessions/session-state';
import { chunkBytesFor } from '../../src/transfers/chunk-bytes';
import type { TransferHead } from '../../src/transfers/transfer-head';
import { fixedBytes, fixedDevice, randomOf } from './fixed-devices';

const messageId = '0b4f8f6e-5f0a-4c1e-9d5a-6d1f5b7c2a10';
const root = fixedBytes('the root of a session');

/** Phone is the joiner of the pairing, so the initiator of the session. */
async function both() {
  return { phone: await fixedDevice('Phone'), laptop: await fixedDevice('Laptop') };
}

async function roots() {
  const { phone, laptop } = await both();
  const [phoneSecret, laptopSecret] = [fixedBytes('the phone’s ephemeral'), fixedBytes('the laptop’s ephemeral')];
  const [phoneEphemeral, laptopEphemeral] = [await agreementKeyOf(phoneSecret), await agreementKeyOf(laptopSecret)];
  const [pairingKey, transcriptHash] = [fixedBytes('a pairing key'), fixedBytes('a hash of a transcript')];
  const secrets = {
    role: 'initiator',
    ephemeral: phoneEphemeral,
    theirEphemeral: laptopEphemeral.publicKey,
    pairingKey,
    transcriptHash,
  } as const;
  const introducer = fixedBytes('an introducer’s secret');
  const { agreement } = phone.identity;
  const theirs = laptop.identity.agreement.publicKey;
  return {
    paired: {
      initiator_ephemeral_secret: toHex(phoneSecret),
      responder_ephemeral_secret: toHex(laptopSecret),
      pairing_key: toHex(pairingKey),
      transcript_hash: toHex(transcriptHash),
      root: toHex(await pairingRoot(agreement, theirs, secrets)),
    },
    introduced: {
      secret: toHex(introducer),
      root: toHex(await introducedRoot(agreement, theirs, introducer)),
    },
  };
}

type ToSeal = { readonly header: SealedHeader; readonly head: { readonly t: string }; readonly body: Uint8Array };

async function sealed({ header, head, body }: ToSeal) {
  const { phone, laptop } = await both();
  const [senderId, recipientId] = [phone.identity.id, laptop.identity.id];
  const nonce = fixedBytes(`the nonce of ${head.t} ${header.counter}`, 12);
  const plain = writeContent({ head, body });
  const key = directionKey(root, senderId, recipientId, header.keyId);
  const bytes = await sealBytes(key, nonce, header, { senderId, recipientId, messageId }, plain);
  return {
    kind: header.kind,
    key_id: `${header.keyId}`,
    counter: header.counter,
    message_id: messageId,
    key: toHex(key),
    nonce: toHex(nonce),
    head,
    body: toBase64(body),
    plain: toHex(plain),
    sealed: toBase64(bytes),
  };
}

const noBody = new Uint8Array(0);

export async function sessionVectors(): Promise<object> {
  const { phone, laptop } = await both();
  const clip = { t: 'text', clip: true, at: 1_800_000_000_000, from: phone.identity.id };
  const confirmed = controlHead({ t: 'confirmed', keyId: 2n, sent: 57 });
  return {
    about:
      'How the first root of two devices comes about, and messages that the first one sealed for the second under `root`. Keys and nonces in hex; bytes that travel in base64.',
    initiator: phone.told,
    responder: laptop.told,
    roots: await roots(),
    root: toHex(root),
    messages: [
      await sealed({ header: { kind: 'message', keyId: 1n, counter: 1 }, head: { t: 'text' }, body: utf8('Grüße') }),
      await sealed({ header: { kind: 'message', keyId: 1n, counter: 2 }, head: clip, body: utf8('copied') }),
      await sealed({ header: { kind: 'control', keyId: 2n, counter: 1 }, head: confirmed, body: noBody }),
      await sealed({
        header: { kind: 'message', keyId: 2n ** 64n - 1n, counter: 2 ** 53 - 1 },
        head: { t: 'text' },
        body: utf8('the last'),
      }),
    ],
  };
}

async function stateOf(own: 'phone' | 'laptop'): Promise<SessionState> {
  const { phone, laptop } = await both();
  const [self, peer] = own === 'phone' ? [phone, laptop] : [laptop, phone];
  const theirs = peer.identity.agreement.publicKey;
  return firstState({ ownId: self.identity.id, peerId: peer.identity.id, theirs, root: root.slice(), now: 0 });
}

/** Phone starts, Laptop answers. */
export async function rotationVectors(): Promise<object> {
  const { phone, laptop } = await both();
  const drawn = {
    starter: { ephemeral_secret: fixedBytes('the starter’s ephemeral'), nonce: fixedBytes('the update’s nonce', 12) },
    answerer: { ephemeral_secret: fixedBytes('the answerer’s ephemeral'), nonce: fixedBytes('the answer’s nonce', 12) },
  };
  const randomFor = (side: keyof typeof drawn) => randomOf(drawn[side].ephemeral_secret.slice(), drawn[side].nonce);
  const ours = { identity: phone.identity.agreement, random: randomFor('starter'), now: 0 };
  const theirs = { identity: laptop.identity.agreement, random: randomFor('answerer'), now: 0 };
  const started = await startStep(await stateOf('phone'), ours);
  if (started.status !== 'started') throw new Error(started.status);
  const { pending } = started.state;
  const answered = await answerStep(await stateOf('laptop'), pending!, theirs);
  if (answered.status !== 'answered') throw new Error(answered.status);
  const finished = await finishStep(started.state, { keyId: 2n, package: answered.package }, ours);
  if (finished.status !== 'rotated') throw new Error(finished.status);
  const [one, other] = [newestEpoch(finished.state), newestEpoch(answered.state)];
  if (toHex(one.root!) !== toHex(other.root!)) throw new Error('The two sides differ.');
  const told = (side: keyof typeof drawn) =>
    Object.fromEntries(Object.entries(drawn[side]).map(([name, bytes]) => [name, toHex(bytes)]));
  return {
    about:
      'The change from key 1 to key 2. Packages are sealed under key 1 with counter 0 and a message id of zeros, the update’s by the starter, the answer’s by the answerer.',
    starter: { ...phone.told, ...told('starter') },
    answerer: { ...laptop.told, ...told('answerer') },
    root_1: toHex(root),
    update: { key_id: '2', encrypted_key_package: toBase64(pending!.package) },
    ack: { key_id: '2', success: true, encrypted_key_package: toBase64(answered.package) },
    root_2: toHex(one.root!),
    starter_sends_with: toHex(one.sendKey),
    answerer_sends_with: toHex(other.sendKey),
  };
}

/** A file of three chunks, as small as this to be read. */
export async function transferVectors(): Promise<object> {
  const id = '5f1c1f0e-2f5b-4a43-8a56-0d7a9d3c8e11';
  const clipOffer: TransferHead = {
    t: 'offer',
    id: 'a5b0d3a1-64b1-4b53-8a30-8a8d2f5c7e02',
    name: 'clipboard.txt',
    size: 300_000,
    mime: 'text/plain',
    chunk: 65_380,
    clip: { at: 1_800_000_000_000, from: (await both()).phone.identity.id },
  };
  const heads: { readonly from: 'sender' | 'receiver'; readonly head: TransferHead; readonly body?: string }[] = [
    {
      from: 'sender',
      head: { t: 'offer', id, name: 'notes.txt', size: 10, mime: 'text/plain', modified: 1_800_000_000_000, chunk: 4 },
    },
    { from: 'receiver', head: { t: 'accept', id, have: 0 } },
    { from: 'sender', head: { t: 'chunk', id, i: 0 }, body: 'abcd' },
    { from: 'sender', head: { t: 'chunk', id, i: 1 }, body: 'efgh' },
    { from: 'receiver', head: { t: 'progress', id, next: 2 } },
    { from: 'sender', head: { t: 'chunk', id, i: 2 }, body: 'ij' },
    {
      from: 'sender',
      head: { t: 'end', id, sha256: '72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0', size: 10 },
    },
    { from: 'receiver', head: { t: 'done', id, ok: true } },
    { from: 'sender', head: clipOffer },
  ];
  return {
    about:
      'The content of the sealed messages (kind 2) of a file of 10 bytes in chunks of 4, which both sides take apart as any other: length of the head, head, body. The last one offers a large clipboard.',
    chunk_bytes_in_64_kib: chunkBytesFor(65_536),
    messages: heads.map(({ from, head, body = '' }) => {
      return {
        from,
        head,
        body: toBase64(utf8(body)),
        plain: toHex(writeContent({ head: { ...head }, body: utf8(body) })),
      };
    }),
  };
}
