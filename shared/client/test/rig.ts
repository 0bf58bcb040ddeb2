/** What tests of links and delivery begin with: a real cluster, and devices that are cleared away. */
import { freshHardwareId } from '@openrelay/testing';
import WebSocket from 'ws';
import { type LinkOptions, type LinkState, RelayLink } from '../src/index';

export type LinkRig = {
  link: RelayLink;
  /** Every state that it was in, in order. */
  states: LinkState[];
};

const running: { stop(): Promise<void> }[] = [];

/** Not started yet. */
export function linkTo(url: string, options: Partial<LinkOptions> = {}): LinkRig {
  const states: LinkState[] = [];
  const link = new RelayLink({ url, hardwareId: freshHardwareId(), WebSocket, ...options });
  link.on('state', (state) => states.push(state));
  running.push(link);
  return { link, states };
}

export async function connectedLink(url: string, options: Partial<LinkOptions> = {}): Promise<LinkRig> {
  const rig = linkTo(url, options);
  rig.link.start();
  await rig.link.untilConnected();
  return rig;
}

/** For `afterEach`. */
export async function stopLinks(): Promise<void> {
  await Promise.all(running.splice(0).map((link) => link.stop()));
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
