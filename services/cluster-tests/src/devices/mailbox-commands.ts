/** What tests ask of the mailboxes in Redis, or do to them, as words of a command. */
import { deviceKeyOf } from '@openrelay/protocol';
import { shardOf } from '@openrelay/state';

type Words = [command: string, ...args: string[]];

const holder = "struct.unpack('>I8I8BBss', redis.call('HGET', KEYS[1], 'd'))";

const unlessThere = "if redis.call('EXISTS', KEYS[1]) == 0 then return '' end";

export function mailboxKeyOf(hardwareId: string, shards = 16): string {
  const device = deviceKeyOf(hardwareId);
  return `or:{${shardOf(device, shards)}}:box:${device}`;
}

function ofMailbox(hardwareId: string, script: string, ...args: string[]): Words {
  return ['EVAL', script, '1', mailboxKeyOf(hardwareId), ...args];
}

/** How many messages wait for a device. */
export function depthOf(hardwareId: string): Words {
  return ofMailbox(hardwareId, "return math.max(0, (redis.call('HLEN', KEYS[1]) - 2) / 2)");
}

/** How many messages wait for all devices of a Redis together. */
export const depthOfAll: Words = [
  'EVAL',
  "local n = 0 for _, key in ipairs(redis.call('KEYS', 'or:*:box:*')) do n = n + (redis.call('HLEN', key) - 2) / 2 end return n",
  '0',
];

/** The node that holds a device, and '' when none does. */
export function nodeOf(hardwareId: string): Words {
  return ofMailbox(hardwareId, `${unlessThere} local _, _, _, _, node = ${holder} return node`);
}

export function sessionOf(hardwareId: string): Words {
  return ofMailbox(hardwareId, `${unlessThere} local _, _, _, _, _, session = ${holder} return session`);
}

/** 0 strange, 1 seen, 2 known. */
export function standingOf(hardwareId: string): Words {
  return ofMailbox(hardwareId, `local _, _, standing = ${holder} return standing`);
}

/** When the first message of a mailbox expires, in ms. */
export function earliestOf(hardwareId: string): Words {
  const script = "return string.format('%.0f', (struct.unpack('>I8', redis.call('HGET', KEYS[1], 'b'), 25)))";
  return ofMailbox(hardwareId, script);
}

/** Has a mailbox, and with it the lease of who holds it, end at a time. */
export function keepUntil(hardwareId: string, atMs: number): Words {
  const script = `local b = redis.call('HGET', KEYS[1], 'b')
    redis.call('HSET', KEYS[1], 'b', string.sub(b, 1, 16) .. struct.pack('>I8', ARGV[1]) .. string.sub(b, 25))
    return redis.call('PEXPIREAT', KEYS[1], ARGV[1])`;
  return ofMailbox(hardwareId, script, String(atMs));
}

/** Has a session hold a device, since ever; '' for node and session: nobody. */
export function giveTo(hardwareId: string, node: string, session: string): Words {
  const script = `local _, seen, standing, flags = ${holder}
    redis.call('HSET', KEYS[1], 'd', struct.pack('>I8I8BBss', 1, seen, standing, flags, ARGV[1], ARGV[2]))`;
  return ofMailbox(hardwareId, script, node, session);
}

/** Puts bytes in place of the message of this number. */
export function replaceMessage(hardwareId: string, seq: number, envelope: Uint8Array): Words {
  const bytes = Array.from(envelope, (byte) => `\\${byte}`).join('');
  return ofMailbox(hardwareId, `return redis.call('HSET', KEYS[1], '${seq}', '${bytes}')`);
}
