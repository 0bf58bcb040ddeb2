import { Inbox, type Notice, type RedisLink } from '../../src/index';
import { commandTimeoutMs, freshName, monotonicMs, type StateRig } from './state-rig';

type OpenOptions = { shards: number; link?: RedisLink; url?: string; clock?: () => number };

/** An inbox, with what it emitted. */
export type OpenInbox = { inbox: Inbox; node: string; notices: Notice[]; events: string[] };

/** Starts the inbox of another node, for one test. */
export function openInbox(
  rig: StateRig,
  { shards, link = rig.link, url = rig.server.url, clock = monotonicMs }: OpenOptions,
): OpenInbox {
  const node = freshName('node');
  const inbox = new Inbox(link, { url, node, shards, commandTimeoutMs, monotonicMs: clock });
  rig.endAfterTest(() => inbox.stop());
  const opened: OpenInbox = { inbox, node, notices: [], events: [] };
  inbox.on('notices', (notices) => opened.notices.push(...notices));
  inbox.on('unreadable', (count) => opened.events.push(`unreadable: ${count}`));
  inbox.on('listening', () => opened.events.push('listening'));
  inbox.on('replaced', (reason) => opened.events.push(`replaced: ${reason}`));
  inbox.start();
  return opened;
}
