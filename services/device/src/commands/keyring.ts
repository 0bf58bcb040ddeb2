import { rm } from 'node:fs/promises';
import { Failure } from '../failures/failure';
import { findKeyring } from '../keyring/find-keyring';
import { keyPlaceOf, sealSecrets, unsealSecrets } from '../keyring/key-in-keyring';
import type { Session } from '../session/session';
import { privateFolder } from '../settings/private-folder';
import { FileStore } from '../stores/file-store';
import { damagedJournalPath } from '../stores/journal-file';
import { peekStore } from '../stores/peek-store';
import { StoreInUse } from '../stores/store-error';
import type { Commands } from './commands';

export function registerKeyring({ program, act }: Commands): void {
  const command = program
    .command('keyring')
    .description(
      'whether this device’s keys can be read by who has its files, or are sealed by one in the platform’s keyring',
    )
    .argument('[on|off]', 'seal them, or have them in their file as before');
  act(command, async (session, [word]) => {
    if (word !== undefined) await change(session, word);
    const keys = await keyPlaceOf(await peekStore(session.world.folders.store));
    session.voice.tell({ event: 'keyring', keys }, () => [
      keys === 'keyring'
        ? 'The keys are sealed by one that is in the keyring. While that is locked, nothing arrives here.'
        : 'The keys are in their file, which only this user can read; “openrelay keyring on” seals them.',
    ]);
    return 0;
  });
}

async function change(session: Session, word: string): Promise<void> {
  if (word !== 'on' && word !== 'off')
    throw new Failure(2, `It is “openrelay keyring on” or “openrelay keyring off”, not “${word}”.`);
  const { folders, platform, env } = session.world;
  if ((await session.agent()) === 'runs') throw new Failure(1, 'The agent has the keys now: “openrelay down” first.');
  const keyring = findKeyring(platform, env);
  await privateFolder(folders.store);
  const store = await FileStore.open(folders.store).catch((error: Error) => {
    if (!(error instanceof StoreInUse)) throw error;
    throw new Failure(
      3,
      `Another command of openrelay (process ${error.pid}) has the keys now: wait until it has ended.`,
    );
  });
  try {
    await (word === 'on' ? sealSecrets(store, keyring) : unsealSecrets(store, keyring));
    // A copy of a damaged journal has the keys as they were.
    if (word === 'on') await rm(damagedJournalPath(folders.store), { force: true });
  } finally {
    await store.close();
  }
}
