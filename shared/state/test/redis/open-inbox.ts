import { Inbox, type Notice, type RedisLink } from '../../src/index';
import { commandTimeoutMs, freshName, monotonicMs } from './state-rig';

/** An inbox with all that it has told. */
export type OpenInbox = { inbox: Inbox; node: string; notices: Notice[]; events: string[] };

/** Starts the ear of a node of its own. */
export function openInbox(link: RedisLink, url: string, shards: number, clock = monotonicMs): OpenInbox {
  const node = freshName('node');
  const inbox = new Inbox(link, { url, node, shards, commandTimeoutMs, monotonicMs: clock });
  const opened: OpenInbox = { inbox, node, notices: [], events: [] };
  inbox.on('notices', (notices) => opened.notices.push(...notices));
  inbox.on('unreadable', (count) => opened.events.push(`unreadable: ${count}`));
  inbox.on('listening', () => opened.events.push('listening'));
  inbox.on('replaced', (reason) => opened.events.push(`replaced: ${reason}`));
  inbox.start();
  return opened;
}
