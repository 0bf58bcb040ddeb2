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

/** Holds the device and answers commands, until it is told to stop. Rejects when it can't begin: StoreError, Failure. */
export async function runAgent(world: World, { relay, extensions, log }: AgentOptions): Promise<void> {
  const { folders, hostName, WebSocket, now, version, pid } = world;
  const keyring = () => findKeyring(world.platform, world.env);
  let stop!: (why: string) => void;
  const stopped = new Promise<string>((resolve) => {
    stop = resolve;
  });
  const interrupted = new AbortController();
  const stopListening = world.onInterrupt(() => {
    interrupted.abort();
    stop('It was told to end by a signal.');
  });
  const open = () => HeldDevice.open({ folders, hostName, relay, WebSocket, extensions, keyring, log, now });
  const held = await whenFree(open, interrupted.signal).catch((error: unknown) => {
    stopListening();
    throw error;
  });
  try {
    const place: Workplace = {
      held,
      life: 'agent',
      version,
      pid,
      stop: () => setImmediate(stop, 'It was told to end.'), // after the answer
    };
    const greeting = { openrelay: controlVersion, version, pid, relay } as const;
    const server = await ControlServer.listen(folders.socket, greeting, (name, request, talk) =>
      perform(place, name as WorkName, request as RequestOf<WorkName>, talk),
    );
    try {
      held.items.onItem(({ kind, name }) =>
        log(`${name} sent ${kind === 'image' ? 'an image' : `a ${kind}`}.`, 'news'),
      );
      const { identity } = await held.device();
      log(
        `openrelay ${version} runs as “${identity.name}” (${identity.id.slice(0, 8)}), process ${pid}, with ${relay}.`,
        'news',
      );
      log(`Files go to ${await held.receiving.folder()}.`, 'news');
      log(`${await stopped} Closing.`, 'news');
    } finally {
      await server.close();
    }
  } finally {
    stopListening();
    await held.close();
  }
  log('Closed: everything is in the store.', 'news');
}
