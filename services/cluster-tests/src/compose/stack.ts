import { freePort, unlimited } from '@openrelay/launch';
import { outputOf } from './command';

export type Settings = Readonly<Record<string, string>>;

export type StackOptions = {
  /** The repository. */
  readonly folder: string;
  /** The name that Compose gives to everything it makes: not that of a stack somebody uses. */
  readonly project: string;
  readonly signal: AbortSignal;
};

export type Container = {
  readonly id: string;
  readonly name: string;
};

const commandMs = 60_000;
const buildMs = 600_000;
const upMs = 180_000;
/** Longer than the drain of any edge of a test. */
const downMs = 120_000;

/** No limits in the way of a test, and a drain that is short, but not instant. */
const testSettings: Settings = {
  ...unlimited,
  RELAY_DRAIN_SECONDS: '4',
  // Not the network of a stack that somebody uses.
  REDIS_NET: '10.231.78',
};

/** What of this process's environment Docker needs; a user's settings must not reach a test. */
const passedOn = [
  'PATH',
  'HOME',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
];

/** A stack of docker-compose.yml with overlays, on free ports. */
export class Stack {
  private settings: Settings;
  private files = ['docker-compose.yml'];

  private constructor(
    private readonly options: StackOptions,
    ports: Settings,
  ) {
    this.settings = { ...testSettings, ...ports };
  }

  static async on(options: StackOptions): Promise<Stack> {
    const names = ['PORT', 'TLS_PORT', 'OPS_PORT', 'PROMETHEUS_PORT'];
    const ports: [string, string][] = [];
    for (const name of names) ports.push([name, String(await freePort())]);
    return new Stack(options, Object.fromEntries(ports));
  }

  /** From the next command on: these overlays of deploy/compose/ and no others, and these settings besides. */
  become(overlays: readonly string[], settings: Settings): void {
    this.files = ['docker-compose.yml', ...overlays.map((name) => `deploy/compose/${name}.yml`)];
    this.set(settings);
  }

  set(settings: Settings): void {
    this.settings = { ...this.settings, ...settings };
  }

  get project(): string {
    return this.options.project;
  }

  get isInterrupted(): boolean {
    return this.options.signal.aborted;
  }

  setting(name: string): string {
    return this.settings[name] ?? '';
  }

  compose(...args: string[]): Promise<string> {
    return this.run(['docker', 'compose', ...args], commandMs);
  }

  docker(...args: string[]): Promise<string> {
    return this.run(['docker', ...args], commandMs);
  }

  /** A command of this repository, with the stack's environment. */
  run(words: readonly string[], timeoutMs: number, more: Settings = {}): Promise<string> {
    const { folder, signal } = this.options;
    return outputOf(words, { cwd: folder, timeoutMs, signal, env: { ...this.environment(), ...more } });
  }

  private environment(): Readonly<Record<string, string | undefined>> {
    return {
      ...Object.fromEntries(passedOn.map((name) => [name, process.env[name]])),
      ...this.settings,
      COMPOSE_PROJECT_NAME: this.options.project,
      COMPOSE_FILE: this.files.join(':'),
      COMPOSE_PATH_SEPARATOR: ':',
      // Not the user's .env.
      COMPOSE_ENV_FILES: '/dev/null',
    };
  }

  async build(): Promise<void> {
    await this.run(['docker', 'compose', '--profile', 'tools', 'build', '--quiet'], buildMs);
  }

  /** Resolves when everything is healthy. */
  async up(...args: string[]): Promise<void> {
    await this.run(
      ['docker', 'compose', 'up', '--detach', '--no-build', '--wait', '--wait-timeout', '150', ...args],
      upMs,
    );
  }

  async scale(edges: number): Promise<void> {
    const args = ['--detach', '--no-build', '--no-recreate', '--scale', `edge=${edges}`];
    await this.run(['docker', 'compose', 'up', ...args], upMs);
  }

  async containers(service: string): Promise<Container[]> {
    const text = await this.compose('ps', '--format', '{{.ID}} {{.Name}}', service);
    return text
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [id = '', name = ''] = line.split(' ');
        return { id, name };
      });
  }

  async logs(): Promise<string> {
    return this.compose('logs', '--no-color', '--tail', '20');
  }

  /** Containers, networks and volumes. Also after an interruption. */
  async down(): Promise<void> {
    const words = ['docker', 'compose', '--profile', '*', 'down', '--volumes', '--remove-orphans'];
    await outputOf(words, { cwd: this.options.folder, timeoutMs: downMs, env: this.environment() });
  }

  /** Whatever bears the project's name, also of an overlay that is not in use now. Resolves with what is left: nothing. */
  async remove(): Promise<string[]> {
    const options = { cwd: this.options.folder, timeoutMs: commandMs, env: this.environment() };
    const ask = async (words: string[]) => (await outputOf(['docker', ...words], options)).split('\n').filter(Boolean);
    const label = ['--filter', `label=com.docker.compose.project=${this.project}`];
    const kinds = [
      { list: ['ps', '--all', '--quiet', ...label], remove: ['rm', '--force', '--volumes'] },
      { list: ['network', 'ls', '--quiet', ...label], remove: ['network', 'rm'] },
      { list: ['volume', 'ls', '--quiet', ...label], remove: ['volume', 'rm'] },
      {
        list: ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', `${this.project}-*`],
        remove: ['image', 'rm'],
      },
    ];
    const left: string[] = [];
    for (const { list, remove } of kinds) {
      const found = await ask(list);
      if (found.length > 0) await ask([...remove, ...found]);
      left.push(...(await ask(list)));
    }
    return left;
  }
}
