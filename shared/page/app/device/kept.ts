import type { DeviceEvents, DeviceMessage, DeviceOptions } from '@openrelay/client';
import type { Database } from '../storage/database';
import { fileEntryId } from '../storage/entry';
import type { History } from '../storage/history';
import type { KeptFiles } from '../storage/kept-files';
import type { MovedBytes } from './moved-bytes';
import { whatOf } from './shown';
import { toldSource } from './told-source';

/** What the browser keeps beside the device's own store. */
export type Kept = { readonly database: Database; readonly history: History; readonly files: KeptFiles };

export function fileAccess({ history, files }: Kept): DeviceOptions['files'] {
  return {
    openSink: async (record) => files.sink(record),
    openSource: async (record) => {
      const source = await files.source(record);
      const entryId = fileEntryId('out', record.peerId, record.id);
      return source && toldSource(source, (bytes) => history.showMoved(entryId, bytes));
    },
    openFolder: (record) => files.folderSource(record),
  };
}

export async function keepMessage(history: History, { peer, messageId, content }: DeviceMessage): Promise<void> {
  const what = whatOf(content);
  if (what === undefined) return;
  await history.add({ id: messageId, peerId: peer.id, direction: 'in', at: Date.now(), what, state: { is: 'done' } });
}

export function showProgress(history: History, moved: MovedBytes, progress: DeviceEvents['progress']): void {
  const { entryId, bytes } = moved.moved(progress);
  history.showMoved(entryId, bytes);
}
