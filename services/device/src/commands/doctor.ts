import { Failure } from '../failures/failure';
import { failureOf } from '../failures/failure-of';
import { nobodyPaired } from '../session/find-peer';
import type { Session } from '../session/session';
import { instantText } from '../terminal/units';
import type { Commands } from './commands';
import { clipboardFinding, type Finding, foldersFinding, nodeFinding, storeFindings } from './doctor-machine';
import { relayFindings } from './doctor-relay';
import { timesSentence } from './status';

const connectMs = 15_000;

export function registerDoctor({ program, act }: Commands): void {
  const command = program
    .command('doctor')
    .description('look for what keeps this device from working, and say what to do');
  act(command, async (session) => {
    const findings: Finding[] = [];
    for await (const finding of examine(session)) {
      findings.push(finding);
      session.voice.tell({ event: 'finding', ...finding }, () => [lineOf(session, finding)]);
    }
    return findings.some(({ is }) => is === 'wrong') ? 1 : 0;
  });
}

/** One after the other, as some take time. */
async function* examine(session: Session): AsyncGenerator<Finding> {
  const { world } = session;
  yield nodeFinding(process.versions.node, world.version);
  yield await foldersFinding(world.folders);
  const device = await asked(async () => {
    const agent = await session.agent();
    const status = await session.ask('status', {});
    return { agent, status };
  });
  if (device instanceof Failure) {
    yield { about: 'store', is: 'wrong', sentence: device.message };
    return;
  }
  const { agent, status } = device;
  yield* await storeFindings(world.folders, status.notices);
  yield agent === 'runs'
    ? versionFinding(status.version, world.version, status.pid)
    : { about: 'agent', is: 'note', sentence: 'No agent runs: nothing arrives until “openrelay up”.' };
  let relay: Finding['is'] = 'well';
  for await (const finding of relayFindings(status.relay, world.now)) {
    if (finding.about === 'relay' && finding.is === 'wrong') relay = 'wrong';
    yield finding;
  }
  // Where nothing answers, there is nothing to wait for.
  if (relay === 'well') yield await registrationFinding(session);
  yield await clipboardFinding(world);
  for (const { at, ...trouble } of status.troubles)
    yield { about: 'lately', is: 'note', sentence: `${instantText(at)}: ${timesSentence(trouble)}` };
  if (status.peers === 0) yield { about: 'peers', is: 'note', sentence: nobodyPaired };
}

async function registrationFinding(session: Session): Promise<Finding> {
  const connected = await asked(() => session.ask('connect', { waitMs: connectMs }));
  return connected instanceof Failure
    ? { about: 'registration', is: 'wrong', sentence: connected.message }
    : { about: 'registration', is: 'well', sentence: 'This device registers, and proves that its id is its own.' };
}

function versionFinding(agent: string, own: string, pid: number): Finding {
  if (agent === own) return { about: 'agent', is: 'well', sentence: `The agent runs (process ${pid}).` };
  const sentence = `The agent is of version ${agent}, this command of ${own}: “openrelay down”, and “openrelay up”.`;
  return { about: 'agent', is: 'wrong', sentence };
}

async function asked<Answer>(ask: () => Promise<Answer>): Promise<Answer | Failure> {
  try {
    return await ask();
  } catch (error) {
    return failureOf(error);
  }
}

function lineOf({ voice }: Session, { is, sentence }: Finding): string {
  switch (is) {
    case 'well':
      return `${voice.paint('green', 'well ')}  ${sentence}`;
    case 'note':
      return `${voice.paint('yellow', 'note ')}  ${sentence}`;
    case 'wrong':
      return `${voice.paint('red', 'wrong')}  ${sentence}`;
    default:
      return is satisfies never;
  }
}
