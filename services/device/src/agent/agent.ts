import { ControlServer } from '../control/control-server';
import { controlVersion } from '../control/greeting';
import type { Extension } from '../holding/extension';
import { HeldDevice } from '../holding/held-device';
import type { Log } from '../holding/log';
import { findKeyring } from '../keyring/find-keyring';
import { whenFree } from '../session/when-free';
import type { World } from '../session/world';
import { perform } from '../work/perform';
import type { Workplace } from '../work/work';
import type { RequestOf, WorkName } from '../work/works';

export type AgentOptions = {
  readonly relay: string;
  readonly extensions: readonly Extension[];
  readonly log: Log;
};

/** How it comes to its end: by a signal, or by a command. */
type Ending = {
  /** By a signal. */
  readonly interrupted: AbortSignal;
  readonly reason: Promise<string>;
  readonly end: (reason: string) => void;
  readonly stopListening: () => void;
};

function listenForEnd({ onInterrupt }: World): Ending {
  const interrupted = new AbortController();
  let end!: (reason: string) => void;
  const reason = new Promise<string>((resolve) => {
    end = resolve;
  });
  const stopListening = onInterrupt(() => {
    interrupted.abort();
    end('It was told to end by a signal.');
  });
  return { interrupted: interrupted.signal, reason, end, stopListening };
}

/** Holds the device and answers commands, until it is told to stop. Rejects when it can't begin: StoreError, Failure. */
export async function runAgent(world: World, options: AgentOptions): Promise<void> {
  const { folders, hostName, WebSocket, now } = world;
  const keyring = () => findKeyring(world.platform, world.env);
  const ending = listenForEnd(world);
  const open = () => HeldDevice.open({ ...options, folders, hostName, WebSocket, keyring, now });
  const held = await whenFree(open, ending.interrupted).catch((error: unknown) => {
    ending.stopListening();
    throw error;
  });
  try {
    await answerCommands(world, options, held, ending);
  } finally {
    ending.stopListening();
    await held.close();
  }
  options.log('Closed: everything is in the store.', 'news');
}

async function answerCommands(world: World, options: AgentOptions, held: HeldDevice, ending: Ending): Promise<void> {
  const { folders, version, pid } = world;
  const { relay, log } = options;
  const stop = () => setImmediate(ending.end, 'It was told to end.'); // after the answer
  const place: Workplace = { held, life: 'agent', version, pid, stop };
  const greeting = { openrelay: controlVersion, version, pid, relay } as const;
  const server = await ControlServer.listen(folders.socket, greeting, (name, request, talk) =>
    perform(place, name as WorkName, request as RequestOf<WorkName>, talk),
  );
  try {
    held.items.onItem(({ kind, name }) => log(`${name} sent ${kind === 'image' ? 'an image' : `a ${kind}`}.`, 'news'));
    await logStart(world, options, held);
    log(`${await ending.reason} Closing.`, 'news');
  } finally {
    await server.close();
  }
}

async function logStart({ version, pid }: World, { relay, log }: AgentOptions, held: HeldDevice): Promise<void> {
  const { name, id } = (await held.device()).identity;
  log(`openrelay ${version} runs as “${name}” (${id.slice(0, 8)}), process ${pid}, with ${relay}.`, 'news');
  log(`Files go to ${await held.receiving.folder()}.`, 'news');
}
