import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Child, repositoryRoot, startChild } from '@openrelay/launch';

const scripts = ['bootstrap.sh', 'up', 'demo', 'test', 'compose-test', 'rolling-update', 'packages-installed.mjs'];

/** A fresh clone as far as the commands of `scripts` see it: nothing is installed, and npm is a stand-in. */
export class Checkout {
  readonly folder = mkdtempSync(join(tmpdir(), 'openrelay-checkout-'));
  private readonly programs = join(this.folder, 'programs');

  constructor() {
    mkdirSync(this.programs);
    for (const name of scripts) cpSync(join(repositoryRoot, 'scripts', name), this.path('scripts', name));
    writeFileSync(this.path('package-lock.json'), '{"packages":{"node_modules/x":{"version":"1"}}}');
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Found before the system's program of that name. */
  standIn(program: string, script: string): void {
    const file = join(this.programs, program);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  run(command: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Child> {
    const path = [this.programs, process.env.PATH].join(delimiter);
    const own = { PATH: path, REDIS_URL: 'redis://127.0.0.1:1', ...env };
    return startChild({ command, args, env: own, cwd: this.folder });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
