import { Inbox, type Notice, type RedisLink } from '../../src/index';
import { commandTimeoutMs, freshName, monotonicMs, type StateRig } from './state-rig';

type OpenOptions = { shards: number; link?: RedisLink; url?: string; clock?: () => number; node?: string };

/** An inbox, with what it emitted. */
export type OpenInbox = { inbox: Inbox; node: string; notices: Notice[]; events: string[] };

/** Starts an inbox, of another node unless one is named, for one test. */
export function openInbox(
  rig: StateRig,
  { shards, link = rig.link, url = rig.server.url, clock = monotonicMs, node = freshName('node') }: OpenOptions,
): OpenInbox {
  const inbox = new Inbox(link, { url, node, shards, commandTimeoutMs, monotonicMs: clock });
  rig.endAfterTest(() => inbox.stop());
  const opened: OpenInbox = { inbox, node, notices: [], events: [] };
  inbox.on('notices', (notices) => opened.notices.push(...notices));
  inbox.on('unreadable', (count) => opened.events.push(`unreadable: ${count}`));
  inbox.on('missed', (missed) => opened.events.push(`missed: ${[...missed].toString()}`));
  inbox.on('listening', () => opened.events.push('listening'));
  inbox.on('replaced', (reason) => opened.events.push(`replaced: ${reason}`));
  inbox.start();
  return opened;
}
