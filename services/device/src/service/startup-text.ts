import type { ServiceCall } from './service-call';

/** A batch file for the Startup folder, which begins the agent at each login and ends itself. Not tried on Windows. */
export function startupText({ words, env }: ServiceCall): string {
  const lines = [
    '@rem Written by "openrelay install"; "openrelay uninstall" removes it.',
    '@chcp 65001 >nul',
    ...Object.entries(env).map(([name, value]) => `@set "${name}=${literal(value)}"`),
    `@${words.map((word) => `"${literal(word)}"`).join(' ')}`,
  ];
  return lines.map((line) => `${line}\r\n`).join('');
}

/** A file's name has no quotes on Windows, and % begins a variable. */
function literal(text: string): string {
  return text.replaceAll('%', '%%');
}
