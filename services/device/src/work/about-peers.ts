import type { Device } from '@openrelay/client';
import { Failure } from '../failures/failure';
import { connectMs, type Work } from './work';

const rotatedMs = 10_000;

export const namePeer: Work<'name-peer'> = async ({ held }, { peerId, name }) => {
  const renamed = await (await held.peers()).rename(peerId, name);
  if (renamed === undefined) throw new Failure(1, `${peerId.slice(0, 8)} is not paired with this device.`);
  return {};
};

export const forget: Work<'forget'> = async ({ held }, { peerId }) => {
  await (await held.device()).forget(peerId);
  return {};
};

export const letIntroduce: Work<'let-introduce'> = async ({ held }, { peerId, mayIntroduce }) => {
  const changed = await (await held.peers()).letIntroduce(peerId, mayIntroduce);
  if (changed === undefined) throw new Failure(1, `${peerId.slice(0, 8)} is not paired with this device.`);
  return {};
};

export const introduce: Work<'introduce'> = async ({ held }, { one, other }, { cancelled }) => {
  await (await held.connected(connectMs, cancelled)).introduce(one, other);
  return {};
};

export const rotate: Work<'rotate'> = async ({ held }, { peerId }, { cancelled }) => {
  const device = await held.connected(connectMs, cancelled);
  const rotated = untilRotated(device, peerId, cancelled);
  const state = await device.rotate(peerId);
  return { state: (await rotated) === 'rotated' ? 'rotated' : state };
};

/** The other device answers when it is online. */
function untilRotated(device: Device, peerId: string, cancelled: AbortSignal): Promise<'rotated' | 'not yet'> {
  return new Promise((resolve) => {
    const end = (how: 'rotated' | 'not yet'): void => {
      stop();
      clearTimeout(timer);
      resolve(how);
    };
    const timer = setTimeout(() => end('not yet'), rotatedMs);
    const stop = device.on('session', (event) => {
      if (event.name === 'rotated' && event.peerId.toUpperCase() === peerId.toUpperCase()) end('rotated');
    });
    cancelled.addEventListener('abort', () => end('not yet'), { once: true });
  });
}
