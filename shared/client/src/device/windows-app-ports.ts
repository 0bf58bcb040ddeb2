import type { ContactChanges } from '../connection/index';
import { contactTag, type Peers } from '../peers/index';
import type { WindowsApp } from '../windows-app/index';
import type { OutgoingContent } from './device-messages';

type Awaited = {
  readonly accept: 'listed' | 'anyone';
  /** A Windows app that is being paired. */
  readonly awaits: WindowsApp['awaits'];
  /** Any other device that is being paired, or the code that it waits under. */
  readonly expected: string | undefined;
};

/** Whom the relay lets send to this device: its peers, and who is being paired. */
export function contactsOf(ownId: string, peers: Peers, { accept, awaits, expected }: Awaited): ContactChanges {
  const ids = new Set(peers.list().map(({ id }) => id));
  if (typeof awaits !== 'string') ids.add(awaits.id);
  if (expected !== undefined) ids.add(expected);
  const replace = [...ids].map((id) => contactTag(ownId, id));
  return { accept: awaits === 'anyone' ? 'anyone' : accept, replace };
}

/** The app takes what is larger than a sealed message, in a frame of up to what the relay takes. */
export const mostAppBytes = 4 * 1024 * 1024;

const clipTtlSeconds = 60;

/** How long the relay keeps a message for the app, which sets its clipboard to whatever comes, however old. */
export function appTtlSeconds(content: OutgoingContent, ttlSeconds: number): number {
  const isClip = !('head' in content) && content.clip !== undefined;
  return isClip ? Math.min(ttlSeconds, clipTtlSeconds) : ttlSeconds;
}
