import { Failure } from '../failures/failure';
import { isInClear, localRelay, readRelayUrl } from '../settings/relay-url';
import { changeSettings, readSettings } from '../settings/settings-file';
import { relayAnswers } from './relay-answers';
import type { Voice } from './voice';
import type { World } from './world';

/** What a person typed, checked. Throws a Failure. */
export function checkedRelay(text: string): string {
  const read = readRelayUrl(text);
  if ('fault' in read) throw new Failure(2, read.fault);
  return read.url;
}

/** The relay that was named, which is remembered once it has answered; else the remembered one; else one on this machine. */
export async function chooseRelay(world: World, voice: Voice, named: string | undefined): Promise<string> {
  const { relay: known } = await readSettings(world.folders.settings);
  if (named === undefined) return known === undefined ? localRelay : checkedRelay(known);
  const relay = checkedRelay(named);
  if (relay === known) return relay;
  if (isInClear(relay)) {
    voice.warn('ws:// is not encrypted: who is on the way sees which devices speak with each other. Use wss://.');
  }
  if ((await rememberRelay(world, relay)) === 'remembered') voice.say(`Relay: ${relay} (remembered).`);
  else voice.warn(`No relay answers at ${relay}: it is used this time, and is not remembered before it has answered.`);
  return relay;
}

/** For the commands to come. A slip must not lead a device away from its relay. */
export async function rememberRelay(
  { folders, WebSocket }: Pick<World, 'folders' | 'WebSocket'>,
  relay: string,
): Promise<'remembered' | 'no answer'> {
  if ((await relayAnswers(relay, WebSocket)) === 'nothing') return 'no answer';
  await changeSettings(folders.settings, (settings) => ({ ...settings, relay }));
  return 'remembered';
}
