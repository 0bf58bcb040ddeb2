/** What a service's command line asks for, decided without doing it, so that `main.ts` only prints or runs. */
import { parseArgs } from 'node:util';
import { describeSettings } from './describe-settings';
import { defaultSettings, type Environment, readSettings, SettingsError } from './read-settings';
import type { Settings } from './settings-table';

export type CommandLine =
  | { action: 'run'; settings: Settings; warnings: string[] }
  | { action: 'exit'; exitCode: 0 | 1 | 2; stdout: string; stderr: string };

const options = {
  help: { type: 'boolean', short: 'h', meaning: 'print this text; -h does, too' },
  'check-config': {
    type: 'boolean',
    meaning: 'check the settings in the environment and exit: 0 when they are right, 1 when not',
  },
  'print-defaults': { type: 'boolean', meaning: 'print every setting with its default and its meaning' },
} as const;

/** What is wrong with the things that settings name, such as files: one sentence each. */
export type SettingsCheck = (settings: Settings) => readonly string[];

/**
 * `argv` without the program and the script. Exit code 2 is a wrong command line, 1 a wrong setting. `check` is what this
 * service alone needs of its machine.
 */
export function parseCommandLine(
  argv: readonly string[],
  env: Environment,
  service: string,
  check: SettingsCheck = () => [],
): CommandLine {
  const { values, tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const unknown = tokens.find(
    (token) => token.kind !== 'option' || !Object.hasOwn(options, token.name) || token.value !== undefined,
  );
  if (unknown !== undefined) {
    const word = JSON.stringify(argv[unknown.index]);
    return exit(2, '', `${service}: ${word} is not an option; --help tells how to use it.\n`);
  }
  if (values.help) return exit(0, helpFor(service), '');
  if (values['print-defaults']) return exit(0, describeSettings(defaultSettings()), '');
  return readOrRefuse(env, check, values['check-config'] ? 'check' : 'run');
}

function readOrRefuse(env: Environment, check: SettingsCheck, purpose: 'check' | 'run'): CommandLine {
  try {
    const { settings, warnings } = readSettings(env);
    const problems = check(settings);
    if (problems.length > 0) throw new SettingsError(problems);
    if (purpose === 'run') return { action: 'run', settings, warnings };
    return exit(0, 'The settings are valid.\n', warnings.map((warning) => `Warning: ${warning}\n`).join(''));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return exit(1, '', `${error.message}\n`);
  }
}

function helpFor(service: string): string {
  const rows = Object.entries(options).map(([name, { meaning }]) => [`--${name}`, meaning] as const);
  const width = Math.max(...rows.map(([flag]) => flag.length));
  const lines = rows.map(([flag, meaning]) => `  ${flag.padEnd(width)}  ${meaning}\n`);
  return `Usage: ${service} [option]\n\nSettings come from the environment; see SETTINGS.md.\n\n${lines.join('')}`;
}

function exit(exitCode: 0 | 1 | 2, stdout: string, stderr: string): CommandLine {
  return { action: 'exit', exitCode, stdout, stderr };
}
