import { changeSettings, readSettings } from './settings-file';

/** On unless the user has switched it off. Throws a Failure for settings that can't be read. */
export async function readClipMode(file: string): Promise<'on' | 'off'> {
  const { clipboard } = await readSettings(file);
  return clipboard === 'off' ? 'off' : 'on';
}

export async function writeClipMode(file: string, mode: 'on' | 'off'): Promise<void> {
  await changeSettings(file, (settings) => ({ ...settings, clipboard: mode }));
}
