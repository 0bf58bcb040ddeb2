import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../failures/failure';
import { addresseesOf, refuseFurtherPeer } from '../session/addressees';
import type { Session } from '../session/session';
import type { Told } from '../work/talk';
import type { PeerView, SentView } from '../work/works';
import type { Commands } from './commands';
import { readInput } from './send-input';
import { SendProgress } from './send-progress';
import { exitCodeOf, legacyWords, sentLine } from './send-words';

type SendOptions = { readonly text?: string; readonly background?: true };
type Files = readonly { readonly path: string; readonly name?: string; readonly once?: boolean }[];
type Content = { readonly text: string } | { readonly files: Files };

const textMs = 15_000;

export function registerSend({ program, act }: Commands): void {
  const command = program
    .command('send')
    .description('send a text, files, folders, or what is piped in, to one or more paired devices')
    .usage('<PEER[,PEER…]> [TEXT|FILE…|-] [options]')
    .argument('<PEERS>', 'a name, or the beginning of an id; several with commas; “all” is every paired device')
    .argument('[WHAT...]', 'what exists is sent as a file; everything else is a text; - or nothing reads the input')
    .option('--text <text>', 'this text, also when it is the name of a device or of a file')
    .option('--background', 'let the agent send files, and do not wait for their end');
  act(command, async (session, [first = '', ...words]) => {
    const options = command.opts<SendOptions>();
    const { peers } = await session.ask('peers', {});
    const to = addresseesOf(peers, first);
    refuseFurtherPeer(peers, first, words[0]);
    const content = await contentOf(session, words, options);
    if (session.signal.aborted) return 130;
    const sent =
      'text' in content
        ? await sendText(session, to, content.text)
        : await sendFiles(session, to, content.files, options);
    return session.signal.aborted ? 130 : exitCodeOf(sent);
  });
}

async function contentOf(session: Session, words: readonly string[], { text }: SendOptions): Promise<Content> {
  if (text !== undefined) {
    if (words.length > 0) throw new Failure(2, 'With --text nothing else is sent: leave one of the two out.');
    return textContent(text);
  }
  if (words.length === 0 || (words.length === 1 && words[0] === '-')) return readInput(session);
  // As a path it would be the folder that the user is in: a variable without a value must not send that.
  if (words.includes('')) throw new Failure(2, 'One of the words is empty: leave it out, or name a text or a file.');
  const paths = words.map((word) => resolve(session.world.cwd, word));
  const existing = await Promise.all(paths.map(exists));
  if (existing.every((found) => found === 'there')) return { files: paths.map((path) => ({ path })) };
  const missing = words[existing.indexOf('not there')] ?? '';
  if (existing.includes('there') || looksLikePath(missing, words)) {
    throw new Failure(2, `There is no file ${missing}. A text that looks like one is sent with --text.`);
  }
  return textContent(words.join(' '));
}

function textContent(text: string): Content {
  if (text === '') throw new Failure(2, 'There is nothing to send.');
  return { text };
}

/** A slip in a file's name must not become a message. */
function looksLikePath(missing: string, words: readonly string[]): boolean {
  const isOneWord = words.length === 1 && !missing.includes(' ');
  return (
    isOneWord &&
    (/^[.~]{0,2}\//.test(missing) || /^[^\s/]+(\/[^\s/]+)+$/.test(missing) || /^[^\s.]+\.[a-z0-9]{1,5}$/i.test(missing))
  );
}

async function exists(path: string): Promise<'there' | 'not there'> {
  return stat(path).then(
    () => 'there',
    () => 'not there',
  );
}

async function sendText(session: Session, to: readonly PeerView[], text: string): Promise<readonly SentView[]> {
  session.voice.progress(() => 'Sending…');
  const { sent } = await session.ask('send-text', { peerIds: to.map(({ id }) => id), text, waitMs: textMs });
  const agent = await session.agent();
  for (const view of sent) tellSent(session, view, view.name, { to, agent });
  return sent;
}

async function sendFiles(
  session: Session,
  to: readonly PeerView[],
  files: Files,
  { background }: SendOptions,
): Promise<readonly SentView[]> {
  session.voice.progress(() => 'Sending…');
  const agent = await session.agent();
  const progress = new SendProgress(session.voice, session.world.now);
  const tell = (told: Told): void => {
    progress.told(told);
    if (told.event !== 'sent') return;
    const view = told as Told & SentView & { readonly peer: string };
    tellSent(session, view, to.length === 1 || view.name === view.peer ? view.name : `${view.name} to ${view.peer}`, {
      to,
      agent,
    });
  };
  const wait = background ? 'start' : 'end';
  const request = { peerIds: to.map(({ id }) => id), files, wait } as const;
  const { sent } = await session.ask('send-files', request, { tell });
  return sent;
}

/** @param about whom, or what, a sentence is of */
function tellSent(
  { voice, signal }: Session,
  { peerId, name, outcome, sentence }: SentView,
  about: string,
  { to, agent }: { readonly to: readonly PeerView[]; readonly agent: 'runs' | 'none' },
): void {
  const kind = to.find(({ id }) => id === peerId)?.kind;
  // Who cancelled it need not be told why.
  const why = signal.aborted && outcome === 'cancelled' ? '' : sentence;
  voice.tell({ event: 'sent', peerId, name, outcome, sentence: why, kind }, () => [
    sentLine({ name: about, outcome, sentence: why }, agent, (colour, text) => voice.paint(colour, text)) +
      legacyWords(outcome, kind),
  ]);
}
