import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskError } from '../failures/disk-error';
import { Failure } from '../failures/failure';
import { makeFolder } from '../stores/make-folder';

/** What happens to files that a peer offers: taken, kept as a question for the user, or refused. */
export type AcceptRule = 'all' | 'ask' | 'none';

export type Settings = {
  /** `ws://…` or `wss://…` */
  readonly relay?: string | undefined;
  readonly receive?: ReceiveSettings | undefined;
  /** What others keep here stays. */
  readonly [name: string]: unknown;
};

export type ReceiveSettings = {
  readonly folder?: string | undefined;
  readonly accept?: AcceptRule | undefined;
  /** By id of the peer. */
  readonly peers?: Readonly<Record<string, AcceptRule>> | undefined;
};

const ownerOnly = { file: 0o600, folder: 0o700 } as const;

/** Nothing set when there is none. Throws a Failure for one that can't be read. */
export async function readSettings(file: string): Promise<Settings> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw new Failure(3, diskError(`The settings in ${file}`, 'can’t be read', error).message);
  });
  const settings = settingsOf(text);
  if (settings !== undefined) return settings;
  throw new Failure(3, `The settings in ${file} are no JSON object: mend the file, or remove it to begin with none.`);
}

/** All or nothing. */
export async function changeSettings(file: string, change: (settings: Settings) => Settings): Promise<Settings> {
  const settings = change(await readSettings(file));
  const draft = `${file}.${randomUUID()}`;
  try {
    await makeFolder(dirname(file), ownerOnly.folder);
    await writeFile(draft, `${JSON.stringify({ v: 1, ...settings }, undefined, 2)}\n`, { mode: ownerOnly.file });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new Failure(3, diskError(`The settings in ${file}`, 'can’t be written', error).message);
  }
  return settings;
}

/** Of a peer: its own rule, else the one for all. */
export function acceptRuleOf({ receive = {} }: Settings, peerId: string): AcceptRule {
  return receive.peers?.[peerId.toUpperCase()] ?? receive.accept ?? 'all';
}

function settingsOf(text: string): Settings | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Settings) : undefined;
  } catch {
    return undefined;
  }
}
