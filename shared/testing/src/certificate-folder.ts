import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const opensslMs = 30_000;

export const p256 = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** Where tests ask for what they start. */
const thisMachine = 'IP:127.0.0.1,DNS:localhost';

/** A temporary folder with self-signed certificates: NAME.crt and NAME.key. */
export class CertificateFolder {
  private readonly folder = mkdtempSync(join(tmpdir(), 'openrelay-test-'));

  path(file: string): string {
    return join(this.folder, file);
  }

  text(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  write(file: string, text: string): void {
    writeFileSync(this.path(file), text);
  }

  /**
   * The certificate's common name is its name here.
   * @param kind openssl's `-newkey` and its options
   * @param hosts that it is for, as openssl's `subjectAltName` has them
   */
  async make(name: string, kind: readonly string[] = p256, hosts = thisMachine): Promise<void> {
    const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${hosts}`];
    const files = ['-keyout', this.path(`${name}.key`), '-out', this.path(`${name}.crt`)];
    const all = ['req', '-x509', '-newkey', ...kind, '-nodes', '-days', '2', ...names, ...files];
    await run('openssl', all, { timeout: opensslMs });
  }

  /** Makes it anew, for the same key, with an end that has passed. */
  async expire(name: string): Promise<void> {
    const [certificate, key] = [this.path(`${name}.crt`), this.path(`${name}.key`)];
    const all = ['x509', '-in', certificate, '-signkey', key, '-days', '0', '-out', certificate];
    await run('openssl', all, { timeout: opensslMs });
  }

  /** The same key, which nobody can read without the passphrase. */
  async encryptKey(name: string, encrypted: string): Promise<void> {
    const all = ['pkey', '-in', this.path(name), '-aes128', '-passout', 'pass:sesame', '-out', this.path(encrypted)];
    await run('openssl', all, { timeout: opensslMs });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
