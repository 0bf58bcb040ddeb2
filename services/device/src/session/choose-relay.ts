import { Failure } from '../failures/failure';
import { isInClear, localRelay, readRelayUrl } from '../settings/relay-url';
import { changeSettings, readSettings } from '../settings/settings-file';
import type { Voice } from './voice';
import type { World } from './world';

/** What a person typed, checked. Throws a Failure. */
export function checkedRelay(text: string): string {
  const read = readRelayUrl(text);
  if ('fault' in read) throw new Failure(2, read.fault);
  return read.url;
}

/** The relay that was named, which is remembered from then on; else the remembered one; else one on this machine. */
export async function chooseRelay(world: World, voice: Voice, named: string | undefined): Promise<string> {
  const { settings: file } = world.folders;
  const { relay: known } = await readSettings(file);
  if (named === undefined) return known === undefined ? localRelay : checkedRelay(known);
  const relay = checkedRelay(named);
  if (relay === known) return relay;
  await changeSettings(file, (settings) => ({ ...settings, relay }));
  voice.say(`Relay: ${relay} (remembered).`);
  if (isInClear(relay)) {
    voice.warn('ws:// is not encrypted: who is on the way sees which devices speak with each other. Use wss://.');
  }
  return relay;
}
