import {
  type AskAboutApp,
  type AskUser,
  type Device,
  type PairingCallOptions,
  PairingError,
  type Peer,
  pairingUri,
} from '@openrelay/client';
import type { HeldDevice } from '../holding/held-device';
import type { Talk } from './talk';
import { peerView } from './views';
import { connectMs, type Work } from './work';
import type { PeerView } from './works';

const waitMs = 5 * 60_000;
/** Each is a guess for whoever tries it. */
const mostCodes = 3;

export const pairHost: Work<'pair-host'> = async ({ held }, _, talk) => {
  const { device, signal } = await ready(held, talk);
  for (let left = mostCodes - 1; ; left -= 1) {
    const hosted = await device.pairing.hostCode({ ask: askOver(talk), signal });
    const { text, code, expiresAt } = hosted;
    talk.tell({ event: 'code', text, uri: pairingUri({ relay: held.relay, code }), expiresAt });
    const peer = await hosted.paired.catch((error: unknown) => {
      if (left === 0 || !isUsedUp(error, expiresAt - held.now())) throw error;
    });
    if (peer !== undefined) return paired(held, peer);
    talk.tell({ event: 'code-used', left });
  }
};

/** By somebody else's try, or one that was begun and not finished. Who can guess numbers can do that to each code. */
function isUsedUp(error: unknown, lifeMs: number): boolean {
  if (!(error instanceof PairingError)) return false;
  return ['wrong-code', 'left'].includes(error.code) || (error.code === 'expired' && lifeMs > 0);
}

export const pairJoin: Work<'pair-join'> = async ({ held }, { code }, talk) => {
  const { device, signal } = await ready(held, talk);
  return paired(held, await device.pairing.joinCode(code, calls(talk, signal)));
};

export const pairDevice: Work<'pair-device'> = async ({ held }, { id }, talk) => {
  const { device, signal } = await ready(held, talk);
  return paired(held, await device.pairing.joinDevice(id, calls(talk, signal)));
};

export const pairWait: Work<'pair-wait'> = async ({ held }, _, talk) => {
  const { device, signal } = await ready(held, talk);
  talk.tell({ event: 'waiting', id: device.identity.id, expiresAt: Date.now() + waitMs });
  return paired(held, await nextGuest(device, talk, signal));
};

export const pairWindows: Work<'pair-windows'> = async ({ held }, { id }, talk) => {
  const { device, signal } = await ready(held, talk);
  const { windowsApp, identity } = device;
  if (id !== undefined) {
    const onAsked = (status: string): void => talk.tell({ event: 'asked', status });
    return paired(held, await windowsApp.pair(id, { signal, onAsked }));
  }
  const onReady = (): void => talk.tell({ event: 'waiting', id: identity.id, expiresAt: Date.now() + waitMs });
  return paired(held, await windowsApp.awaitRequest({ ask: askAboutApp(talk), signal, onReady }));
};

function askAboutApp(talk: Talk): AskAboutApp {
  return async ({ id, name, replaces, signal }) => {
    const former = replaces && (replaces.alias ?? replaces.name);
    const answer = await talk.ask({ about: 'windows-app', id, name, replaces: former }, signal);
    return answer === 'yes' ? 'trust' : 'refuse';
  };
}

/** The next pairing that another device begins, as long as somebody waits for it. */
function nextGuest(device: Device, talk: Talk, signal: AbortSignal): Promise<Peer> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(waitMs);
    const end = (settle: () => void): void => {
      stop();
      settle();
    };
    const stop = device.pairing.answerDevices({
      ask: askOver(talk),
      paired: (peer) => end(() => resolve(peer)),
      failed: (error) => end(() => reject(error)),
    });
    const give = (failure: 'cancelled' | 'expired') => () => end(() => reject(new PairingError(failure)));
    signal.addEventListener('abort', give('cancelled'), { once: true });
    late.addEventListener('abort', give('expired'), { once: true });
    if (signal.aborted) give('cancelled')();
  });
}

/** A pairing ends with the command that it was asked by. */
async function ready(held: HeldDevice, { cancelled, left }: Talk): Promise<{ device: Device; signal: AbortSignal }> {
  const signal = AbortSignal.any([cancelled, left]);
  return { device: await held.connected(connectMs, signal), signal };
}

function calls(talk: Talk, signal: AbortSignal): PairingCallOptions {
  return { ask: askOver(talk), signal, onAbsent: () => talk.tell({ event: 'absent' }) };
}

async function paired(held: HeldDevice, peer: Peer): Promise<{ peer: PeerView }> {
  return { peer: peerView(peer, await held.settings()) };
}

function askOver(talk: Talk): AskUser {
  return async ({ about, peer: { id, name }, digits, replaces, signal }) => {
    const former = replaces && (replaces.alias ?? replaces.name);
    const answer = await talk.ask({ about, id, name, digits, replaces: former }, signal);
    if (answer === 'yes') return 'trust';
    return about === 'digits' && answer === 'no' ? 'digits-differ' : 'refuse';
  };
}
