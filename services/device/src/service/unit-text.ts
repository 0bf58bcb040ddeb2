import type { ServiceCall } from './service-call';

/**
 * What starts it: `desktop` where the desktop tells systemd when it is there, so that the clipboard's display is known by then; else
 * each `login`.
 */
export type UnitStart = 'desktop' | 'login';

/**
 * A user unit of systemd (systemd.service(5), systemd.exec(5)). Of what confines it, what needs no namespaces, which a user's
 * manager may not make everywhere, and leaves the display's sockets in sight; not MemoryDenyWriteExecute, as Node.js compiles to
 * memory that it then runs.
 */
export function unitText({ words, env }: ServiceCall, start: UnitStart): string {
  const environment = Object.entries(env).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}\n`);
  return `# Written by “openrelay install”; “openrelay uninstall” removes it.
[Unit]
Description=OpenRelay, this device
${start === 'desktop' ? 'PartOf=graphical-session.target\nAfter=graphical-session.target\n' : ''}# Another command may hold the device for long.
StartLimitIntervalSec=0

[Service]
Type=exec
${environment.join('')}ExecStart=${words.map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')}
Restart=on-failure
RestartSec=10s
# A wrong command line stays wrong.
RestartPreventExitStatus=2
TimeoutStopSec=20s
TasksMax=256

UMask=0077
# A core file would hold keys.
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
# Netlink: which addresses this machine has, for name look-ups.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=${start === 'desktop' ? 'graphical-session.target' : 'default.target'}
`;
}

/** By systemd.syntax(7), with its specifiers (%) as they are. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}
