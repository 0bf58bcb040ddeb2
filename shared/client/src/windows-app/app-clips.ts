import type { Accepted } from '../connection/index';
import { textOf, utf8 } from '../crypto/index';
import { type Peer, shownName } from '../peers/index';
import { openAppClip, sealAppClip } from './app-clip';
import { clipboardChunk, clipboardUpdate } from './app-frames';
import type { ClipFormat } from './app-message';
import { splitClip } from './clip-chunks';
import { type AppContent, EchoMemory } from './echo-memory';
import type { LegacyRecord } from './legacy-records';
import { WindowsAppError } from './windows-app-error';
import type { WindowsAppParts } from './windows-app-parts';

/** What takes longer than this under the relay's limits would only overwrite what was copied since. */
const mostSeconds = 180;

/** Texts and images to and from Windows apps. */
export class AppClips {
  private readonly echoes = new Map<string, EchoMemory>();

  constructor(private readonly parts: WindowsAppParts) {}

  /** Resolves when the relay keeps all of it. Rejects with a WindowsAppError, and as `Outgoing.send` does. */
  async send(peer: Peer, record: LegacyRecord, content: AppContent, ttlSeconds: number): Promise<Accepted> {
    const { random, now } = this.parts;
    const format = formatOf(content);
    const plain = 'text' in content ? utf8(content.text) : content.image;
    const data = await sealAppClip(record.key, plain, random);
    const messages = this.messagesOf(record, format, data);
    this.refuseSlow(peer, messages);
    const accepted = await Promise.all(
      messages.map((message) => this.post(record, format, message, ttlSeconds, messages.length)),
    );
    const last = accepted.at(-1)!;
    this.echoOf(record.id).sent(content, last.status === 'delivered' ? 0 : ttlSeconds * 1000, now());
    return last;
  }

  /** `not-its`: it was sealed with another key. `nothing`: an echo, an empty clip, or a format that is of no use here. */
  async open(record: LegacyRecord, format: string, data: string): Promise<AppContent | 'not-its' | 'nothing'> {
    if (data === '') return 'nothing';
    const plain = await openAppClip(record.key, data);
    if (plain === undefined) return 'not-its';
    const content = contentOf(format, plain);
    if (content === undefined || this.echoOf(record.id).isEcho(content, this.parts.now())) return 'nothing';
    return content;
  }

  forget(id: string): void {
    this.echoes.delete(id);
  }

  /** Whole where the relay takes it so: the app does, too, and each chunk would cost a request. */
  private messagesOf({ keyId }: LegacyRecord, format: ClipFormat, data: string): Uint8Array[] {
    const { identity, messageBytes, newId, now } = this.parts;
    const head = { format, keyId, timestampSeconds: Math.floor(now() / 1000) };
    const whole = clipboardUpdate(identity, head, data);
    if (whole.length <= messageBytes()) return [whole];
    const pieces = splitClip(data);
    const chunkHead = { ...head, chunkId: newId(), count: pieces.length };
    return pieces.map((piece, index) => clipboardChunk(identity, chunkHead, index, piece));
  }

  private refuseSlow(peer: Peer, messages: readonly Uint8Array[]): void {
    const bytes = messages.reduce((sum, { length }) => sum + length, 0);
    const seconds = this.parts.outbox.estimateSeconds(bytes);
    if (seconds <= mostSeconds) return;
    const sentence = `It is too large for ${shownName(peer)}: the relay's limits let it through in ${Math.ceil(seconds)} s.`;
    throw new WindowsAppError('too-large', `${sentence} The Windows app takes no files; send something smaller.`);
  }

  private async post(
    { address }: LegacyRecord,
    format: ClipFormat,
    data: Uint8Array,
    ttlSeconds: number,
    parts: number,
  ): Promise<Accepted> {
    const contentType = format === 'image/png' && parts === 1 ? 'Image' : 'Text';
    const untilMs = this.parts.now() + (mostSeconds + ttlSeconds) * 1000;
    return this.parts.outbox.send({ recipientId: address, data, ttlSeconds, contentType, untilMs });
  }

  private echoOf(id: string): EchoMemory {
    const memory = this.echoes.get(id) ?? new EchoMemory();
    this.echoes.set(id, memory);
    return memory;
  }
}

function formatOf(content: AppContent): ClipFormat {
  if ('text' in content) return 'text/plain';
  if (content.mime === 'image/png') return 'image/png';
  throw new WindowsAppError('unsupported', `The Windows app is sent images as PNG, not as ${content.mime}.`);
}

function contentOf(format: string, plain: Uint8Array): AppContent | undefined {
  if (plain.length === 0) return undefined;
  if (format === 'image/png') return { image: plain, mime: format };
  const text = format === 'text/plain' ? textOf(plain) : undefined;
  return text === undefined ? undefined : { text };
}
