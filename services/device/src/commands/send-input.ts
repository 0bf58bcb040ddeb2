import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError } from '../failures/disk-error';
import { Failure } from '../failures/failure';
import { waitingInputFolder } from '../files/waiting-input';
import type { Session } from '../session/session';
import { privateFolder } from '../settings/private-folder';

/** More than that, and what is no text, goes as a file. */
const longestTextBytes = 40_000;

export type Input =
  | { readonly text: string }
  | { readonly files: readonly { readonly path: string; readonly name: string; readonly once: boolean }[] };

/** What is piped in or typed, to its end. What is long waits in a file of this device's own, which goes when it is sent. */
export async function readInput(session: Session): Promise<Input> {
  const { stdin, folders } = session.world;
  if (stdin.isTTY) session.voice.say('Type the text; Ctrl-D on a line of its own sends it.');
  const folder = waitingInputFolder(folders.state);
  const path = join(folder, randomUUID());
  let begun: Buffer = Buffer.alloc(0);
  let file: Awaited<ReturnType<typeof open>> | undefined;
  try {
    for await (const chunk of untilAborted(stdin, session.signal)) {
      if (file === undefined && begun.length + chunk.length <= longestTextBytes) begun = Buffer.concat([begun, chunk]);
      else {
        if (file === undefined) await privateFolder(folder);
        file ??= await startFile(path, begun);
        await file.writeFile(chunk);
      }
    }
    if (file === undefined) return await short(begun, folder, path);
    await file.close();
    return { files: [{ path, name: 'from-a-pipe', once: true }] };
  } catch (error) {
    await file?.close();
    await rm(path, { force: true });
    if (error instanceof Failure) throw error;
    throw diskError(path, 'can’t be written', error);
  }
}

async function short(bytes: Buffer, folder: string, path: string): Promise<Input> {
  const text = textOf(bytes);
  if (text === '') throw new Failure(2, 'There is nothing to send.');
  if (text !== undefined) return { text };
  await privateFolder(folder);
  await (await startFile(path, bytes)).close();
  return { files: [{ path, name: 'from-a-pipe', once: true }] };
}

async function startFile(path: string, bytes: Buffer): Promise<Awaited<ReturnType<typeof open>>> {
  const file = await open(path, 'wx', 0o600);
  await file.writeFile(bytes);
  return file;
}

/** As `echo hello |` means it: without the line feed at its end. Nothing for what is no text. */
function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

async function* untilAborted(stdin: NodeJS.ReadableStream, signal: AbortSignal): AsyncGenerator<Buffer> {
  const aborted = new Promise<'aborted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    if (signal.aborted) resolve('aborted');
  });
  const chunks = stdin[Symbol.asyncIterator]();
  for (;;) {
    const read = chunks.next().catch((error: unknown) => {
      throw new Failure(3, diskError('The input', 'can’t be read', error).message);
    });
    const next = await Promise.race([read, aborted]);
    if (next === 'aborted') throw new Failure(130, 'Nothing was sent.');
    if (next.done) return;
    yield Buffer.from(next.value as Buffer | string);
  }
}
