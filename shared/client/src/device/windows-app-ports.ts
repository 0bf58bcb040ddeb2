import type { ContactChanges } from '../connection/index';
import { contactTag, type Peers } from '../peers/index';
import type { WindowsApp } from '../windows-app/index';
import type { OutgoingContent } from './device-messages';

/** Whom the relay lets send to this device: its peers, and a Windows app that is being paired. */
export function contactsOf(
  ownId: string,
  peers: Peers,
  { accept, awaits }: { readonly accept: 'listed' | 'anyone'; readonly awaits: WindowsApp['awaits'] },
): ContactChanges {
  const ids = peers.list().map(({ id }) => id);
  const replace = (typeof awaits === 'string' ? ids : [...ids, awaits.id]).map((id) => contactTag(ownId, id));
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
