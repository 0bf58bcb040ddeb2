import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, repositoryRoot } from '@openrelay/launch';

const bin = join(repositoryRoot, 'services/device/bin/openrelay.js');
const longestRunMs = 80_000;
/** Processes begin slowly on a busy machine. */
const patiently = { timeoutMs: 60_000 };

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

type StartOptions = {
  readonly cwd?: string;
  /** What the shell does before, such as `ulimit`. */
  readonly shell?: string;
  /** Beside PATH and OPENRELAY_HOME, which it may replace. */
  readonly env?: Readonly<Record<string, string>>;
};

/** One run of the command, with its input open. */
export class Running {
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    child.stdin.on('error', () => {}); // it has ended already
    const timer = setTimeout(() => child.kill('SIGKILL'), longestRunMs);
    this.ended = once(child, 'close').then(([code]) => {
      clearTimeout(timer);
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr };
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Of what it wrote, as soon as there is such a thing. */
  async says(what: RegExp): Promise<RegExpExecArray> {
    return eventually(() => {
      const found = what.exec(this.stdout);
      if (found === null) throw new Error(`It does not say ${what}, but: ${this.stdout}${this.stderr}`);
      return found;
    }, patiently);
  }

  /** A line of its input. */
  answer(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** The end of its input. */
  end(text = ''): void {
    this.child.stdin.end(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** A machine of its own, as far as `openrelay` knows: a home in a temporary folder. */
export class Machine {
  private readonly running = new Set<Running>();
  /** An agent outlives the command that began it. */
  private agent: 'may run' | 'never began' = 'never began';

  constructor(
    private readonly relay: string,
    readonly home = mkdtempSync(join(tmpdir(), 'openrelay-home-')),
  ) {}

  start(args: readonly string[], { cwd = this.home, shell, env: further }: StartOptions = {}): Running {
    if (args.includes('up') || args.includes('install')) this.agent = 'may run';
    const words = shell === undefined ? [process.execPath, bin, ...args] : shellWords(shell, args);
    // Without DISPLAY: tests leave the clipboard of whoever runs them alone.
    const env = { PATH: process.env.PATH, OPENRELAY_HOME: this.home, ...further };
    const running = new Running(spawn(words[0]!, words.slice(1), { cwd, env }));
    this.running.add(running);
    void running.ended.then(() => this.running.delete(running));
    return running;
  }

  /** To its end. */
  async run(args: readonly string[], input = '', options: StartOptions = {}): Promise<Ended> {
    const running = this.start(args, options);
    running.end(input);
    return running.ended;
  }

  /** What it told with `--json`. */
  async ask(...args: string[]): Promise<Record<string, unknown>[]> {
    const { stdout } = await this.run([...args, '--json']);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  /** Its name, and the relay that it remembers: as settings, which need no answer of the relay's in time. */
  async begin(name: string): Promise<this> {
    writeFileSync(this.path('settings.json'), JSON.stringify({ relay: this.relay }), { mode: 0o600 });
    await this.run(['rename', name]);
    return this;
  }

  async up(): Promise<number> {
    const { stdout, stderr } = await this.run(['up', '--json']);
    if (stdout === '') throw new Error(`It does not come up: ${stderr}`);
    return (JSON.parse(stdout) as { pid: number }).pid;
  }

  path(...parts: string[]): string {
    return join(this.home, ...parts);
  }

  async remove(): Promise<void> {
    for (const running of this.running) running.kill('SIGKILL');
    if (this.agent === 'may run') await this.run(['down']);
    rmSync(this.home, { recursive: true, force: true });
  }
}

function shellWords(before: string, args: readonly string[]): string[] {
  return ['/bin/sh', '-c', `${before}; exec "$@"`, 'sh', process.execPath, bin, ...args];
}

/** By the code that one command says and the other is given. */
export async function pairMachines(host: Machine, joiner: Machine): Promise<{ host: Ended; joiner: Ended }> {
  const hosting = host.start(['pair']);
  const [, code] = await hosting.says(/openrelay pair (\d+-[a-z]+-[a-z]+)/i);
  const joined = await joiner.run(['pair', code!]);
  const hosted = await hosting.ended;
  if (joined.code !== 0 || hosted.code !== 0)
    throw new Error(`They do not pair: ${JSON.stringify({ joined, hosted })}`);
  return { host: hosted, joiner: joined };
}

export function isSentence(text: string): boolean {
  return /^\S[^\n]*[.:]\n$/.test(text) && !text.includes('    at ');
}
