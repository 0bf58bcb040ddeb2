import { Sha256, toHex } from '../crypto/index';

type Read = (offset: number, length: number) => Promise<Uint8Array>;

const pieceBytes = 65_536;

/** SHA-256 of bytes that pass in order, once or again; what passed before this process is read again. */
export class RunningHash {
  private readonly hash = new Sha256();
  private hashed = 0;

  /** @param read where bytes before `offset` are that never passed here */
  async pass(offset: number, bytes: Uint8Array, read: Read): Promise<void> {
    await this.catchUp(offset, read);
    if (this.hashed < offset) return;
    const known = this.hashed - offset;
    if (known >= bytes.length) return;
    this.hash.update(bytes.subarray(known));
    this.hashed = offset + bytes.length;
  }

  async catchUp(offset: number, read: Read): Promise<void> {
    while (this.hashed < offset) {
      const piece = await read(this.hashed, Math.min(pieceBytes, offset - this.hashed));
      // It ends before: what was the last chunk is shorter than the others, or the whole is no longer what it was.
      if (piece.length === 0) return;
      this.hash.update(piece);
      this.hashed += piece.length;
    }
  }

  /** How many passed. */
  get bytes(): number {
    return this.hashed;
  }

  /** 64 hex digits. */
  digest(): string {
    return toHex(this.hash.digest());
  }
}
