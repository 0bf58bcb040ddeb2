import type { Progress } from '@openrelay/client';
import { fileEntryId } from '../storage/entry';

/** How much of each file and folder has moved: a folder tells it file by file. */
export class MovedBytes {
  private readonly ofFolders = new Map<string, Map<string, number>>();

  moved({ direction, peerId, id, group, bytes }: Progress): { readonly entryId: string; readonly bytes: number } {
    const entryId = fileEntryId(direction, peerId, group ?? id);
    if (group === undefined) return { entryId, bytes };
    const files = this.ofFolders.get(entryId) ?? new Map<string, number>();
    this.ofFolders.set(entryId, files.set(id, bytes));
    return { entryId, bytes: [...files.values()].reduce((sum, one) => sum + one, 0) };
  }

  over(entryId: string): void {
    this.ofFolders.delete(entryId);
  }
}
