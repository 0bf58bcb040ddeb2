import type { Device } from '@openrelay/client';
import { linkSentence } from '../holding/tell-events';
import type { Talk } from './talk';

/** Tells `{event: 'link', is, sentence}`: how it is now, and each change. Tries that end like the last one are told once. Returns what ends it. */
export function followLink(device: Device, talk: Pick<Talk, 'tell'>): () => void {
  let last = '';
  const look = (): void => {
    const { state } = device.link;
    const sentence = linkSentence(state);
    if (sentence === '' || sentence === last) return;
    last = sentence;
    talk.tell({ event: 'link', is: state.is, sentence });
  };
  look();
  return device.on('link', look);
}
