import { stat } from 'node:fs/promises';
import { findClipboard } from '../clipboard/index';
import type { World } from '../session/world';
import type { Folders } from '../settings/folders';
import { damagedJournalPath } from '../stores/journal-file';

export type Finding = {
  readonly about:
    | 'program'
    | 'folders'
    | 'store'
    | 'agent'
    | 'relay'
    | 'clock'
    | 'registration'
    | 'clipboard'
    | 'peers'
    | 'lately';
  readonly is: 'well' | 'note' | 'wrong';
  readonly sentence: string;
};

const oldestNode = [20, 12] as const;

export function nodeFinding(node: string, version: string): Finding {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isOld = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
  if (isOld)
    return {
      about: 'program',
      is: 'wrong',
      sentence: `Node.js ${node} is too old: ${oldestNode.join('.')} or later is needed.`,
    };
  return { about: 'program', is: 'well', sentence: `openrelay ${version} on Node.js ${node}.` };
}

/** Keys must be their owner's alone; Windows keeps a user's folders so by itself. */
export async function foldersFinding({ store }: Folders): Promise<Finding> {
  const found = await stat(store).catch(() => undefined);
  if (found === undefined)
    return { about: 'folders', is: 'note', sentence: `${store} is made when it is needed first.` };
  const isOpen = process.platform !== 'win32' && (found.mode & 0o077) !== 0;
  return isOpen
    ? {
        about: 'folders',
        is: 'wrong',
        sentence: `Others may look into ${store}, where the keys are: chmod 700 ${store}`,
      }
    : { about: 'folders', is: 'well', sentence: `Keys are in ${store}, for this user alone.` };
}

/** @param notices of whoever opened the store last; it is whole again since, but what was lost stays lost */
export async function storeFindings({ store }: Folders, notices: readonly string[]): Promise<Finding[]> {
  if (notices.length > 0) return notices.map((sentence) => ({ about: 'store', is: 'wrong', sentence }));
  const copy = damagedJournalPath(store);
  const whole: Finding = { about: 'store', is: 'well', sentence: `The store in ${store} is whole.` };
  if ((await stat(copy).catch(() => undefined)) === undefined) return [whole];
  const sentence = `The store was damaged before, and lost its last records. Pair again with who no longer knows this device, and delete the copy, ${copy}.`;
  return [whole, { about: 'store', is: 'note', sentence }];
}

/** Whether the machine brings what reads and sets its clipboard. */
export async function clipboardFinding({ platform, env }: Pick<World, 'platform' | 'env'>): Promise<Finding> {
  try {
    const { tool } = await findClipboard(env, platform);
    return { about: 'clipboard', is: 'well', sentence: `The clipboard is reached through ${tool}.` };
  } catch (error) {
    return { about: 'clipboard', is: 'note', sentence: (error as Error).message };
  }
}
