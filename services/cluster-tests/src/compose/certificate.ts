import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf } from './command';

const opensslMs = 10_000;

/** What ./scripts/compose-test has made with openssl in a folder of its own: ca.pem, which this process trusts, and ca.key. */
export class TestAuthority {
  constructor(private readonly folder: string) {}

  /** A PEM file with a certificate for 127.0.0.1, and its key. */
  get certificate(): string {
    return join(this.folder, 'relay.pem');
  }

  /** Another certificate each time, written into the same file: a container that has mounted it sees the new one. */
  async issue(): Promise<void> {
    const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '2'];
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:FALSE'];
    const files = ['-keyout', 'relay.key', '-out', 'relay.crt'];
    await outputOf(['openssl', 'req', '-x509', ...kind, ...names, ...signed, ...files], {
      cwd: this.folder,
      env: { PATH: process.env.PATH },
      timeoutMs: opensslMs,
    });
    const parts = await Promise.all(['relay.crt', 'relay.key'].map((name) => readFile(join(this.folder, name))));
    await writeFile(this.certificate, Buffer.concat(parts), { mode: 0o600 });
  }
}
