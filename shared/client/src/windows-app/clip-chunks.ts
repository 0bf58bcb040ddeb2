import type { AppMessage } from './app-message';

export type Chunk = Extract<AppMessage, { is: 'chunk' }>;

const chunkCharacters = 40_960;

/** Pieces of base64, each for a ClipboardChunk. */
export function splitClip(data: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < data.length; at += chunkCharacters) pieces.push(data.slice(at, at + chunkCharacters));
  return pieces;
}

const expiryMs = 2 * 60_000;
const mostSets = 4;
const mostChunks = 512;
const mostCharacters = 8 * 1024 * 1024;

type ChunkSet = { readonly pieces: (string | undefined)[]; characters: number; missing: number; touchedAt: number };

/** One sender's chunks until a set is whole, in any order; bounded, as one that died in between never comes to its end. */
export class ClipChunks {
  private readonly sets = new Map<string, ChunkSet>();

  /** The whole base64 text with its last chunk. @param now Unix ms */
  add({ chunkId, index, count, data }: Chunk, now: number): string | undefined {
    this.forget(now);
    if (count > mostChunks) return undefined;
    const set = this.sets.get(chunkId) ?? this.begin(chunkId, count, now);
    if (set.pieces.length !== count || set.pieces[index] !== undefined) return undefined;
    set.pieces[index] = data;
    set.characters += data.length;
    set.missing -= 1;
    set.touchedAt = now;
    if (set.missing > 0 && set.characters <= mostCharacters) return undefined;
    this.sets.delete(chunkId);
    return set.characters > mostCharacters ? undefined : set.pieces.join('');
  }

  private begin(chunkId: string, count: number, now: number): ChunkSet {
    const [oldest] = this.sets.keys();
    if (this.sets.size >= mostSets && oldest !== undefined) this.sets.delete(oldest);
    const set: ChunkSet = { pieces: Array.from({ length: count }), characters: 0, missing: count, touchedAt: now };
    this.sets.set(chunkId, set);
    return set;
  }

  private forget(now: number): void {
    for (const [id, { touchedAt }] of this.sets) {
      if (Math.abs(now - touchedAt) > expiryMs) this.sets.delete(id);
    }
  }
}
