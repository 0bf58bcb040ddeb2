import { rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Device, Finished, OutgoingTransfer } from '@openrelay/client';
import { diskError } from '../failures/disk-error';
import { Failure } from '../failures/failure';
import { failureOf } from '../failures/failure-of';
import { folderEntries } from '../files/disk-folder';
import { diskFile } from '../files/disk-source';
import { nameOfPeer } from '../holding/device-names';
import { followLink } from './follow-link';
import { followProgress } from './follow-progress';
import { refusalsThatCount, refusedSentence } from './refused-sentence';
import { sendToApp } from './send-to-app';
import type { Talk } from './talk';
import { connectMs, type Work } from './work';
import type { RequestOf, SentView } from './works';

type Wanted = RequestOf<'send-files'>['files'][number];
type Begun = { readonly transfer: OutgoingTransfer; readonly size: number };
type Sending = {
  readonly device: Device;
  readonly talk: Talk;
  readonly wait: 'start' | 'end';
  /** The end of each that began, also after nobody waits for it any more. */
  readonly ends: Promise<Finished>[];
};

/** One file after the other to each peer; the peers at the same time. */
export const sendFiles: Work<'send-files'> = async ({ held, life }, { peerIds, files, wait }, talk) => {
  // A command's own process must not end with nothing but an offer that nobody hears of.
  const device = await held.connected(connectMs, talk.cancelled).catch((error: unknown) => {
    if (life === 'command' || talk.cancelled.aborted) throw error;
    return held.device();
  });
  if (life === 'command' && wait === 'start') {
    throw new Failure(2, 'Only the agent sends in the background: start it with “openrelay up”.');
  }
  const sending: Sending = { device, talk, wait, ends: [] };
  const stop = followLink(device, talk);
  const sent = await Promise.all(peerIds.map((peerId) => sendAll(sending, peerId, files))).finally(stop);
  const removed = Promise.all(sending.ends).then(() => removeOnce(files));
  // What can't be removed now is at the next start.
  if (wait === 'end') await removed;
  else removed.catch(() => {});
  return { sent: sent.flat() };
};

async function sendAll(sending: Sending, peerId: string, files: readonly Wanted[]): Promise<SentView[]> {
  const views: SentView[] = [];
  for (const file of files) {
    if (sending.talk.cancelled.aborted) break;
    const view = await sendOne(sending, peerId, file);
    const peer = nameOfPeer(sending.device.peers, peerId);
    sending.talk.tell({ event: 'sent', peer, ...view });
    views.push(view);
  }
  return views;
}

async function sendOne(sending: Sending, peerId: string, file: Wanted): Promise<SentView> {
  const name = file.name ?? basename(file.path);
  const view = { peerId, name };
  try {
    if (sending.device.peers.get(peerId)?.kind === 'legacy') return await sendToApp(sending.device, peerId, file.path);
    const begun = await begin(sending, peerId, file.path, name);
    sending.ends.push(begun.transfer.over);
    if (sending.wait === 'start') return { ...view, outcome: 'under-way', sentence: '' };
    const { outcome, sentence } = await untilOver(sending, peerId, name, begun);
    return { ...view, outcome, sentence };
  } catch (error) {
    return { ...view, outcome: 'failed', sentence: failureOf(error).message };
  }
}

async function begin({ device, talk }: Sending, peerId: string, path: string, name: string): Promise<Begun> {
  const found = await stat(path).catch((error: unknown) => {
    throw diskError(path, 'can’t be read', error);
  });
  const tellEstimate = (size: number): void => {
    const seconds = device.transfers.estimateSeconds(size);
    talk.tell({ event: 'estimate', peerId, peer: nameOfPeer(device.peers, peerId), name, size, seconds });
  };
  if (found.isDirectory()) {
    const entries = await folderEntries(path);
    if (entries.length === 0) throw new Error(`${path} has no files in it: there is nothing to send.`);
    const size = entries.reduce((sum, entry) => sum + entry.size, 0);
    tellEstimate(size);
    return { transfer: await device.sendFolder({ peerId, name, entries, place: path }), size };
  }
  const { source, size, modified } = await diskFile(path);
  tellEstimate(size);
  return { transfer: await device.sendFile({ peerId, name, source, modified, place: path }), size };
}

async function untilOver(
  { device, talk }: Sending,
  peerId: string,
  name: string,
  { transfer, size }: Begun,
): Promise<Finished> {
  const { id } = transfer;
  const stop = followProgress(device, { peerId, id }, (bytes) =>
    talk.tell({ event: 'progress', peerId, id, name, bytes, size }),
  );
  const heard = tellDelay({ device, talk }, peerId, name);
  const cancel = (): void =>
    void device.transfers.cancel('out', peerId, id, 'The sender cancelled it.').catch(() => {});
  talk.cancelled.addEventListener('abort', cancel, { once: true });
  if (talk.cancelled.aborted) cancel();
  try {
    return await transfer.over;
  } finally {
    stop();
    heard();
    talk.cancelled.removeEventListener('abort', cancel);
  }
}

/** Once, why the relay does not take it, or what is to go before it. Returns what ends it. */
function tellDelay({ device, talk }: Pick<Sending, 'device' | 'talk'>, peerId: string, name: string): () => void {
  const { outbox, peers } = device;
  const look = (): void => {
    const refusal = outbox.delayOf(peerId);
    if (refusal === undefined || refusal.times < refusalsThatCount) return;
    stop();
    const sentence = refusedSentence(nameOfPeer(peers, peerId), refusal.error);
    talk.tell({ event: 'delayed', peerId, name, sentence });
  };
  const stop = outbox.on('delayed', look);
  look();
  return stop;
}

async function removeOnce(files: readonly Wanted[]): Promise<void> {
  for (const { path, once } of files) {
    if (once) await rm(path, { force: true });
  }
}
