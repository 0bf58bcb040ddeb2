import {
  countdownText,
  legacyNotice,
  PairingError,
  type PairingUri,
  readCode,
  readPairingUri,
} from '@openrelay/client';
import type { ExitCode } from '../failures/exit-code';
import { Failure } from '../failures/failure';
import { checkedRelay, rememberRelay } from '../session/choose-relay';
import type { Handlers, Session } from '../session/session';
import { localRelay } from '../settings/relay-url';
import { readSettings } from '../settings/settings-file';
import { printableLine } from '../terminal/printable';
import type { Question, Told } from '../work/talk';
import type { PeerView } from '../work/works';
import type { Commands } from './commands';
import { invitationLines, questionLines, questionPrompt } from './pair-words';

export function registerPair({ program, act }: Commands): void {
  const command = program
    .command('pair')
    .description('make this device and another one trust each other: on one without a code, on the other with it')
    .argument('[CODE|ID...]', 'the code that the other device shows, what its QR code says, or its id; - asks for it')
    .option('--wait', 'wait for a device that pairs by this one’s id, where both show six digits to compare')
    .option(
      '--windows [ID]',
      'with the Windows app, whose pairing the relay can read: it is asked, or without its id it asks',
    );
  act(command, async (session, words) => {
    const typed = words.join(' ').trim();
    const text = typed === '-' ? await askedCode(session) : typed;
    const { windows } = command.opts<{ windows?: true | string }>();
    if (windows !== undefined) return pairedWithApp(session, await pairWindows(session, windows, text));
    const peer = command.opts<{ wait?: true }>().wait ? await waitForGuest(session, text) : await pairBy(session, text);
    session.voice.tell({ event: 'paired', peer }, () => [
      session.voice.paint('green', `Paired with ${printableLine(peer.name)} (${peer.id.slice(0, 8)}).`),
    ]);
    if ((await session.agent()) === 'none') {
      session.voice.say('“openrelay up” keeps this device connected, so that what is sent to it arrives.');
    }
    return 0;
  });
}

/** Not in the command line, which other users of the machine can read while the command runs. */
async function askedCode({ voice, answers, signal }: Session): Promise<string> {
  voice.prompt('The code that the other device shows: ');
  const line = (await answers.line(signal))?.trim() ?? '';
  if (line !== '') return line;
  if (signal.aborted) throw new PairingError('cancelled');
  throw new PairingError('unreadable-code');
}

async function pairWindows(session: Session, id: true | string, further: string): Promise<PeerView> {
  if (further !== '') throw new Failure(2, 'With --windows there is no code: the app’s id, or nothing.');
  if (id !== true && !/^(?:[0-9a-f]{32}){1,2}$/i.test(id.trim()))
    throw new Failure(2, `“${id}” is no id of a Windows app: copy “Your Relay Device ID” from there, 64 hex digits.`);
  const request = { id: id === true ? undefined : id };
  const ask = (handlers: Handlers) => session.ask('pair-windows', request, handlers);
  return waiting(session, 'Waiting for the Windows app', ask, 'windows');
}

function pairedWithApp({ voice }: Session, peer: PeerView): ExitCode {
  voice.tell({ event: 'paired', peer }, () => [
    voice.paint('green', `Paired with ${printableLine(peer.name)} (${peer.id.slice(0, 8)}).`),
    `This is ${legacyNotice}. Between other devices use “openrelay pair”.`,
  ]);
  return 0;
}

async function pairBy(session: Session, text: string): Promise<PeerView> {
  if (text === '') return host(session);
  const tell = ({ event }: Told): void => {
    if (event === 'absent') session.voice.progress(() => 'Nobody answers yet: asking again…');
  };
  const handlers = { ask: asking(session), tell };
  const uri = readPairingUri(text);
  checkForm(text, uri);
  if (uri !== undefined) await goTo(session, uri.relay);
  if (looksLikeId(text)) {
    session.voice.progress(() => 'Waiting for the other device…');
    return (await session.ask('pair-device', { id: text }, handlers)).peer;
  }
  const code = uri === undefined ? text : [uri.code.number, ...uri.code.words].join('-');
  session.voice.progress(() => 'Pairing…');
  return (await session.ask('pair-join', { code }, handlers)).peer;
}

/** A slip is told before the relay is asked for anything. */
function checkForm(text: string, uri: PairingUri | undefined): void {
  if (uri !== undefined) return;
  if (/^openrelay:/i.test(text))
    throw new Failure(2, 'This is no QR code of a pairing: one begins with “openrelay:pair?relay=”. Scan it again.');
  if (looksLikeId(text)) {
    if (text.length !== 64) throw new PairingError('unreadable-id');
    return;
  }
  const code = readCode(text);
  if ('fault' in code) throw new PairingError('unreadable-code', code.fault);
}

function looksLikeId(text: string): boolean {
  return /^[0-9a-f]{32,}$/i.test(text);
}

async function host(session: Session): Promise<PeerView> {
  return waiting(session, 'Waiting for the other device', (handlers) => session.ask('pair-host', {}, handlers));
}

async function waitForGuest(session: Session, text: string): Promise<PeerView> {
  if (text !== '') throw new Failure(2, 'With --wait the other device is the one that is given a code or an id.');
  return waiting(session, 'Waiting for the other device', (handlers) => session.ask('pair-wait', {}, handlers));
}

/** With a countdown, as long as no question is asked. */
async function waiting(
  session: Session,
  title: string,
  ask: (handlers: Handlers) => Promise<{ readonly peer: PeerView }>,
  windows?: 'windows',
): Promise<PeerView> {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    session.voice.clearProgress();
  };
  const { relay } = await session.ask('identity', {});
  session.voice.progress(() => 'Connecting to the relay…');
  const tell = (told: Told): void => {
    stop();
    session.voice.tell(told, () => invitationLines(told, { voice: session.voice, relay, windows }));
    if (told.expiresAt === undefined) return;
    const draw = (): void =>
      session.voice.progress(() => `${title}… ${countdownText(Number(told.expiresAt) - session.world.now())}`);
    draw();
    timer = setInterval(draw, 1000);
  };
  const answer = asking(session);
  const asked = async (question: Question, signal?: AbortSignal): Promise<string | undefined> => {
    stop();
    return answer(question, signal);
  };
  try {
    return (await ask({ tell, ask: asked })).peer;
  } finally {
    stop();
  }
}

/** A relay from a QR code is a stranger's, perhaps. */
async function goTo(session: Session, relay: string): Promise<void> {
  const url = checkedRelay(relay);
  const { world } = session;
  const { relay: known } = await readSettings(world.folders.settings);
  if (url === (known ?? localRelay)) return;
  if ((await session.agent()) === 'runs') {
    throw new Failure(
      1,
      `The code is for the relay ${url}, and the agent uses another: “openrelay down”, and “openrelay up --relay ${url}”.`,
    );
  }
  const answer = await session.confirm(`The code is for the relay ${url}. Use that relay from now on?`);
  if (answer !== 'yes')
    throw new Failure(session.signal.aborted ? 130 : 1, 'The relay stays as it was; nothing was paired.');
  if ((await rememberRelay(world, url)) === 'no answer')
    throw new Failure(3, `No relay answers at ${url}, which the code is for: the relay stays as it was.`);
}

function asking(session: Session): NonNullable<Handlers['ask']> {
  return async (question, signal) => {
    const { voice } = session;
    if (voice.form === 'json') voice.tell({ event: 'question', ...question }, () => []);
    voice.say(...questionLines(question, (digits) => voice.paint('bold', digits)));
    return session.confirm(questionPrompt(question), signal);
  };
}
