import type { Device, IncomingRecord, Peer, Sink } from '@openrelay/client';
import { type ClipContent, mostClipBytes } from '../clipboard';
import type { ClipSharing } from './clip-sharing';

export type TakeLargeParts = {
  readonly device: Pick<Device, 'peers' | 'transfers'>;
  readonly sharing: () => Promise<ClipSharing>;
  /** Whether it would be set if it were here now. */
  readonly isWanted: (copied: { readonly at: number; readonly from: string }) => boolean;
  readonly arrived: (peer: Peer, content: ClipContent, copied: { at: number; from: string }) => void;
};

/** Clips that come as transfers: kept in memory until they are whole, one from each peer. */
export class TakeLarge {
  private readonly current = new Map<string, string>();

  constructor(private readonly parts: TakeLargeParts) {}

  /** Accepts or refuses it. */
  async offered(offer: IncomingRecord): Promise<void> {
    const { transfers } = this.parts.device;
    const { peerId, id } = offer;
    const why = await this.reasonNotTo(offer);
    if (why !== undefined) return transfers.refuse(peerId, id, why);
    const former = this.current.get(peerId);
    this.current.set(peerId, id);
    if (former !== undefined) await transfers.cancel('in', peerId, former, 'Something else was copied since.');
    await transfers.accept(peerId, id, 'clipboard');
  }

  /** For one that was accepted. Rejects for what an earlier process had begun: its bytes went with it. */
  async sink({ peerId, id, mime, size = 0, clip, next, leftover }: IncomingRecord): Promise<Sink> {
    if (leftover === 'yes') return nothingLeft;
    if (next > 0 || this.current.get(peerId) !== id || clip === undefined || size > mostClipBytes)
      throw new Error('What was copied is lost, as the device was restarted meanwhile: copy it again.');
    const bytes = new Uint8Array(size);
    const done = async (): Promise<void> => {
      if (this.current.get(peerId) === id) this.current.delete(peerId);
    };
    return {
      write: async (offset, piece) => bytes.set(piece, offset),
      read: async (offset, length) => bytes.subarray(offset, offset + length),
      finish: async () => {
        await done();
        const [peer, content] = [await this.taking(peerId), contentOf(mime, bytes)];
        if (peer !== undefined && content !== undefined) this.parts.arrived(peer, content, clip);
      },
      discard: done,
    };
  }

  /** As the user says now, who may have said otherwise since it was offered. */
  private async taking(peerId: string): Promise<Peer | undefined> {
    const peer = this.parts.device.peers.get(peerId);
    const { mode, takesPart } = await this.parts.sharing();
    return peer === undefined || mode === 'off' || !takesPart(peer) ? undefined : peer;
  }

  private async reasonNotTo({ peerId, size, mime, clip }: IncomingRecord): Promise<string | undefined> {
    if ((await this.taking(peerId)) === undefined) return 'It shares no clipboard with this device.';
    if (size === undefined || size > mostClipBytes) return 'It is too large for its clipboard.';
    if (mime !== 'text/plain' && mime !== 'image/png') return 'It is neither a text nor a PNG.';
    return clip !== undefined && this.parts.isWanted(clip) ? undefined : 'Something newer is in its clipboard.';
  }
}

/** Of one that is over: it was in memory alone. */
const nothingLeft: Sink = {
  write: async () => {},
  read: async () => new Uint8Array(0),
  finish: async () => {},
  discard: async () => {},
};

function contentOf(mime: string | undefined, bytes: Uint8Array): ClipContent | undefined {
  if (mime === 'image/png') return { is: 'image', png: bytes };
  try {
    return { is: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return undefined;
  }
}
