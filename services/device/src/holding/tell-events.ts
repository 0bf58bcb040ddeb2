import type { Device, LinkState } from '@openrelay/client';
import { secondsUntil } from '../terminal/units';
import { nameOfPeer, withName } from './device-names';
import type { Log } from './log';

/** A log's line for whatever a device tells that its user may want to know. */
export function tellEvents(device: Device, log: Log): void {
  let lastLink = '';
  const linkChanged = (state: LinkState): void => {
    const sentence = linkSentence(state);
    // A relay that is away for a week is told once.
    if (sentence !== '' && sentence !== lastLink) log(sentence, 'link');
    if (sentence !== '') lastLink = sentence;
  };
  const named = (sentence: string, peerId: string): string =>
    withName(sentence, peerId, nameOfPeer(device.peers, peerId));
  device.on('link', linkChanged);
  device.on('paired', (peer) => log(`Paired with ${peer.alias ?? peer.name}.`, 'news'));
  device.on('forgotten', ({ sentence }) => log(sentence, 'trouble'));
  device.on('session', (event) => {
    if (event.name === 'rotated') log(`New keys with ${nameOfPeer(device.peers, event.peerId)}.`, 'news');
    else log(named(event.sentence, event.peerId), 'trouble');
  });
  device.on('introduction', (event) => {
    if (event.name === 'introduced') log(event.sentence, 'trouble');
    if (event.name === 'declined') log(named(event.sentence, event.otherId), 'trouble');
    if (event.name === 'acquainted') {
      const [one, other] = event.ids.map((id) => nameOfPeer(device.peers, id));
      log(`${one} and ${other} trust each other now.`, 'news');
    }
  });
  device.on('windowsApp', ({ sentence }) => log(sentence, 'trouble'));
  device.on('handlerFailed', (error) => log(error instanceof Error ? error.message : String(error), 'trouble'));
}

/** Empty where there is nothing to say. @param now Unix ms; without it the sentence does not say when it is tried again */
export function linkSentence(state: LinkState, now?: number): string {
  switch (state.is) {
    case 'connecting':
      return '';
    case 'connected':
      return 'Connected to the relay.';
    case 'waiting':
      return `${state.why} It is tried again${now === undefined ? '' : ` in ${secondsUntil(state.untilMs, now)}`}.`;
    case 'stopped':
      return state.code === 'ended' ? '' : state.why;
    default:
      return state satisfies never;
  }
}
