/** What each service may do in Redis, as rules for `ACL SETUSER`, put together from what it runs and asks. */
import { loadScripts, type Script } from '../scripts/script';
import { bullmqCommands, bullmqKeys } from './bullmq-access';
import { commandAccess } from './command-access';
import { allOfShardPattern, channelPattern, prefixPattern, readLua, shardKeyPattern } from './lua-access';
import { scriptAccess } from './script-access';
import type { ServiceName } from './service-name';

type Rules = { commands: Set<string>; reads: Set<string>; writes: Set<string>; channels: Set<string> };

/** @property patterns of the keys that it touches */
type ScriptNeeds = Pick<Script, 'name' | 'lua'> & { commands: ReadonlySet<string>; patterns: readonly string[] };

const scripts = loadScripts().map(({ name, lua }) => {
  const { by, keys = [prefixPattern] } = scriptAccess[name];
  return { name, lua, by, passed: keys, access: readLua(name, lua) };
});

/** What a service's scripts need of Redis, one by one. */
export function scriptsOf(service: ServiceName): readonly ScriptNeeds[] {
  return runBy(service).map(({ name, lua, passed, access: { commands, keys } }) => ({
    name,
    lua,
    commands,
    patterns: [...passed, ...[...keys].map(shardKeyPattern)],
  }));
}

function runBy(service: ServiceName) {
  return scripts.filter(({ by }) => by.includes(service));
}

const allParts = new Set(scripts.flatMap(({ access }) => [...access.keys]));

function rulesOf(service: ServiceName): Rules {
  const rules: Rules = { commands: new Set(), reads: new Set(), writes: new Set(), channels: new Set() };
  const { commands, reads, writes, channels } = rules;
  for (const row of commandAccess.filter(({ by }) => by.includes(service))) {
    addAll(commands, row.commands);
    addAll(reads, row.reads);
    addAll(writes, row.writes);
    addAll(channels, row.channels);
  }
  const parts = { read: new Set<string>(), written: new Set<string>() };
  for (const { passed, access } of runBy(service)) {
    addAll(commands, access.commands);
    // Redis wants both of whoever runs a script, whatever it does with the keys that it is passed.
    addAll(reads, passed);
    addAll(writes, passed);
    addAll(access.writes === 'yes' ? parts.written : parts.read, access.keys);
    if (access.publishes === 'yes') channels.add(channelPattern);
  }
  if (parts.written.size === allParts.size) return withWholeShards(rules);
  addAll(reads, [...parts.written, ...parts.read].map(shardKeyPattern));
  addAll(writes, [...parts.written].map(shardKeyPattern));
  return rules;
}

/** Whoever writes every kind of key has one pattern for all: Redis tries patterns one after the other, for each key of each call. */
function withWholeShards({ reads, writes, ...rules }: Rules): Rules {
  const whole = (patterns: Set<string>) =>
    new Set([allOfShardPattern, ...[...patterns].filter((pattern) => !pattern.startsWith(prefixPattern))]);
  return { ...rules, reads: whole(reads), writes: whole(writes) };
}

function addAll(set: Set<string>, more: Iterable<string> = []): void {
  for (const one of more) set.add(one);
}

/** As the words of `ACL SETUSER NAME`, without a password; a selector, in brackets, is one word. */
export function accessRules(service: ServiceName): string[] {
  const { commands, reads, writes, channels } = rulesOf(service);
  const both = [...writes].filter((pattern) => reads.has(pattern));
  return [
    'reset',
    'on',
    ...both.map((pattern) => `~${pattern}`),
    ...[...reads].filter((pattern) => !writes.has(pattern)).map((pattern) => `%R~${pattern}`),
    ...[...writes].filter((pattern) => !reads.has(pattern)).map((pattern) => `%W~${pattern}`),
    ...[...channels].map((pattern) => `&${pattern}`),
    ...[...commands].sort().map((command) => `+${command}`),
    ...(service === 'janitor' ? [`(~${bullmqKeys} ${bullmqCommands.map((command) => `+${command}`).join(' ')})`] : []),
  ];
}

/**
 * Nobody logs in as the default user. It may do anything all the same: Redis reads its append-only file back as this user, and
 * leaves out what that may not do.
 */
export const defaultUser = 'user default off ~* &* +@all';

/** A line of Redis's `aclfile`. @param passwordHash SHA-256 in hex; without one nobody can log in as this user */
export function accessLine(service: ServiceName, passwordHash?: string): string {
  const [, on, ...rules] = accessRules(service);
  return ['user', service, on, ...(passwordHash === undefined ? [] : [`#${passwordHash}`]), ...rules].join(' ');
}
