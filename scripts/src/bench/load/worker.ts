/** A load worker's process: connects its pairs, sends on the parent's word and reports; or is a part of a crowd. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CrowdPart } from './crowd-part';
import { Device } from './device';
import { Flow } from './flow';
import { sealedText } from './message-frames';
import { createPacer, type Pacer } from './pacer';
import { inParallel } from './parallel';
import { Peer } from './peer';
import {
  type FromWorker,
  nowEpochMs,
  pairsOf,
  portOf,
  type Span,
  type ToWorker,
  toLocalMs,
  type WorkerPlan,
} from './plan';
import { Recorder } from './recorder';

const handshakesAtOnce = 64;
const drainPollMs = 20;
// A duplicate comes after the original: what is counted as settled is watched a little longer.
const lingerMs = 200;

type Prepared = { devices: Device[]; flows: Flow[]; pacer: Pacer; recorder: Recorder };
type End = { device: Device; peer: Peer };

async function prepare(plan: WorkerPlan): Promise<Prepared> {
  const recorder = new Recorder();
  const sealed = sealedText(plan.sealedBytes);
  const prepared: Omit<Prepared, 'pacer'> = { devices: [], flows: [], recorder };
  await inParallel(pairsOf(plan), handshakesAtOnce, async (pair) => {
    const first = await openEnd(plan, pair, 0, recorder);
    const second = await openEnd(plan, pair, 1, recorder);
    prepared.devices.push(first.device, second.device);
    prepared.flows.push(joinEnds(plan, 2 * pair, first, second, sealed, recorder));
    if (plan.senders === 'all') prepared.flows.push(joinEnds(plan, 2 * pair + 1, second, first, sealed, recorder));
  });
  return { ...prepared, pacer: createPacer(plan, prepared.flows) };
}

async function openEnd(plan: WorkerPlan, pair: number, end: 0 | 1, recorder: Recorder): Promise<End> {
  const hardwareId = createHash('sha256')
    .update(`${plan.run}:${2 * pair + end}`)
    .digest('hex')
    .toUpperCase();
  const device = new Device(hardwareId, portOf(plan, pair, end));
  const peer = new Peer(recorder);
  device.listen(peer);
  try {
    await device.open();
  } catch (error) {
    throw new Error(`device ${2 * pair + end} on port ${portOf(plan, pair, end)}: ${(error as Error).message}`);
  }
  return { device, peer };
}

function joinEnds(plan: WorkerPlan, flowNumber: number, from: End, to: End, sealed: string, recorder: Recorder): Flow {
  const flow = new Flow(plan.run, flowNumber, from.device, to.device, sealed, recorder);
  from.peer.outgoing = flow;
  to.peer.incoming = flow;
  return flow;
}

async function runLoad({ devices, flows, pacer, recorder }: Prepared, span: Span): Promise<void> {
  recorder.measure(toLocalMs(span.measureFromMs), toLocalMs(span.measureToMs));
  pacer.start(span.startAtMs);
  await pauseUntil(span.measureFromMs);
  const cpuBefore = process.cpuUsage();
  await Promise.race([pauseUntil(span.measureToMs), spanEnded]);
  const cpu = process.cpuUsage(cpuBefore);
  const endedAtMs = Math.min(nowEpochMs(), span.measureToMs);
  recorder.measure(toLocalMs(span.measureFromMs), toLocalMs(endedAtMs));
  pacer.stop();
  await drain(flows, endedAtMs + span.drainMs);
  const report = recorder.report(
    flows.map((flow) => flow.counts()),
    (cpu.user + cpu.system) / 1_000_000,
  );
  for (const device of devices) device.close();
  tellParent({ kind: 'finished', report });
}

async function drain(flows: readonly Flow[], deadlineMs: number): Promise<void> {
  while (!flows.every((flow) => flow.ledger.isSettled()) && toLocalMs(deadlineMs) > performance.now()) {
    await pause(drainPollMs);
  }
  await pause(lingerMs);
}

async function pauseUntil(epochMs: number): Promise<void> {
  await pause(Math.max(0, toLocalMs(epochMs) - performance.now()));
}

function tellParent(message: FromWorker): void {
  process.send?.(message);
}

let prepared: Prepared | undefined;
let crowd: CrowdPart | undefined;
let endSpan: () => void = () => undefined;
const spanEnded = new Promise<void>((resolve) => {
  endSpan = resolve;
});

async function obey(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'connect':
      prepared = await prepare(message.plan);
      tellParent({ kind: 'connected' });
      break;
    case 'go':
      if (!prepared) throw new Error('told to go before it was connected');
      await runLoad(prepared, message.span);
      break;
    case 'end':
      endSpan();
      break;
    case 'gather':
      crowd = new CrowdPart(message.plan);
      await crowd.gather();
      tellParent({ kind: 'gathered' });
      break;
    case 'storm':
      tellParent({ kind: 'back', report: await gathered().storm(message.giveUpAtMs) });
      break;
    case 'disperse':
      tellParent({ kind: 'dispersed', closes: gathered().disperse() });
      break;
  }
}

function gathered(): CrowdPart {
  if (!crowd) throw new Error('told to storm before it was gathered');
  return crowd;
}

process.on('message', (message: ToWorker) => {
  obey(message).catch((error: Error) => tellParent({ kind: 'failed', reason: error.message }));
});
// Ctrl-C reaches the whole process group; the parent decides when this process ends.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
