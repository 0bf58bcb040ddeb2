import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { OutgoingRecord } from '@openrelay/client';
import { removeForgottenInput } from '../../src/files/waiting-input';

const now = 1_800_000_000_000;
const hourMs = 60 * 60_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openrelay-waiting-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, hoursOld: number): void {
  const path = join(folder, name);
  writeFileSync(path, name);
  const at = new Date(now - hoursOld * hourMs);
  utimesSync(path, at, at);
}

test('what was piped in goes when no transfer needs it, but not while a command may be writing it', async () => {
  write('old', 30);
  write('old-and-needed', 30);
  write('fresh', 1);
  await removeForgottenInput(folder, [{ place: join(folder, 'old-and-needed') } as OutgoingRecord], now);
  expect(readdirSync(folder).sort()).toEqual(['fresh', 'old-and-needed']);
});

test('a folder that is not there has nothing in it', async () => {
  await removeForgottenInput(join(folder, 'none'), [], now);
});
