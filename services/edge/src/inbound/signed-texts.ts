import type { DeviceKey } from '@openrelay/protocol';

const registerPurpose = 'openrelay-register-v1';
const successionPurpose = 'openrelay-succession-v1';

/** What a device signs to prove that it has its key. The names are ASCII, and no part but the last two holds a NUL. */
export function registerText(device: DeviceKey, host: string, nonce: Buffer, key: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${registerPurpose}\0${device}\0${host}\0`), nonce, key]);
}

/** What the key before signs, so that the new one takes its place. */
export function successionText(device: DeviceKey, newKey: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${successionPurpose}\0${device}\0`), newKey]);
}

const portOfScheme = /:(?:80|443)$/;

/**
 * The hosts that a proof may name: those of the deployment or, when it does not know them, the one that the connection's own
 * upgrade named. Some clients write the port of the scheme there, which a proof leaves out; a TLS in front hides the scheme.
 * An operator may write it, too. The likeliest comes first, since each is a signature to check.
 */
export function provableHosts(host: string, publicHosts: readonly string[]): readonly string[] {
  const bare = host.replace(portOfScheme, '');
  if (publicHosts.length === 0) return [...new Set([bare, host])].filter((each) => each !== '');
  const known = [...new Set(publicHosts.flatMap((each) => [each.replace(portOfScheme, ''), each]))];
  return known.includes(bare) ? [bare, ...known.filter((each) => each !== bare)] : known;
}
