import type { Stack } from './stack';

const services = ['edge', 'janitor', 'ops'] as const;

/** Each service is a user of its own, nobody gets in without a password, and no password can be seen from outside. */
export async function checkUsers(stack: Stack): Promise<string> {
  const asNobody = '$(command -v redis-cli || command -v valkey-cli) get or:deployment';
  await expectRefusal(stack, 'redis', ['sh', '-c', asNobody], /NOPERM|NOAUTH/);
  await expectRefusal(stack, 'edge', ['cat', '/run/openrelay/janitor'], /Permission denied/);
  const passwords = [await stack.compose('exec', '-T', 'redis', 'cat', '/run/openrelay/admin')];
  for (const service of services) {
    passwords.push(await stack.compose('exec', '-T', service, 'cat', `/run/openrelay/${service}`));
  }
  if (new Set(passwords).size !== passwords.length) throw new Error('Two users have the same password.');
  await expectHidden(stack, passwords);
  return expectUsers(stack);
}

async function expectRefusal(stack: Stack, service: string, command: string[], refusal: RegExp): Promise<void> {
  const said = await stack.compose('exec', '-T', service, ...command).catch((error: Error) => error.message);
  if (!refusal.test(said)) throw new Error(`"${command.join(' ')}" in ${service} was not refused: ${said}`);
}

async function expectHidden(stack: Stack, passwords: readonly string[]): Promise<void> {
  const ids = (await stack.compose('ps', '--all', '--quiet')).trim().split('\n');
  const running = (await stack.compose('ps', '--quiet')).trim().split('\n');
  const shown = [await stack.docker('inspect', ...ids)];
  for (const id of running) shown.push(await stack.docker('top', id));
  for (const password of passwords) {
    if (shown.some((text) => text.includes(password.trim()))) throw new Error('A password can be seen from outside.');
  }
}

async function expectUsers(stack: Stack): Promise<string> {
  const list = await stack.compose('exec', '-T', 'redis', 'redis-admin', 'client', 'list');
  const users = new Set(Array.from(list.matchAll(/ user=(\S+)/g), ([, user]) => user!));
  const missing = services.filter((service) => !users.has(service));
  if (missing.length > 0 || users.has('default')) throw new Error(`In Redis are ${[...users].join(', ')}.`);
  return [...users].sort().join(', ');
}
