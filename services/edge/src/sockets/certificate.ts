/** The edge's certificate is read and checked here, since the TLS library does not say what is wrong with one. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Settings } from '@openrelay/config';
import type { Log } from '@openrelay/telemetry';
import type { CertificateFiles, Transport } from './transport';

/** A chain of certificates has a few KiB. */
const mostBytes = 1024 * 1024;

type Named = Pick<Settings, 'tlsCertFile' | 'tlsKeyFile'>;

export function certificateFiles({ tlsCertFile, tlsKeyFile }: Named): CertificateFiles | undefined {
  return tlsCertFile === '' ? undefined : { certificate: tlsCertFile, key: tlsKeyFile };
}

/** Why TLS cannot be spoken with the files that the settings name, in one sentence; nothing when it can, or without files. */
export function certificateProblems(settings: Named): string[] {
  const files = certificateFiles(settings);
  try {
    if (files) readCertificate(files);
    return [];
  } catch (error) {
    return [reasonOf(error)];
  }
}

/** Logs until when the certificate is valid. An expired one stays in use, for the devices that accept it. */
export function announceCertificate(validUntil: Date, log: Log, nowMs: number): void {
  const fields = { validUntil: validUntil.toISOString() };
  log.info('certificate.loaded', fields);
  if (validUntil.getTime() <= nowMs) log.warn('certificate.expired', fields);
}

/** Reads the files again. When they are wrong, the certificate that is in use stays. */
export function renewCertificate(files: CertificateFiles, transport: Transport, log: Log, nowMs: number): void {
  try {
    const validUntil = readCertificate(files);
    transport.renewCertificate();
    announceCertificate(validUntil, log, nowMs);
  } catch (error) {
    log.error('certificate.kept', { error: reasonOf(error) });
  }
}

/** Until when the certificate is valid. @throws Error in one sentence when TLS cannot be spoken with the files */
export function readCertificate({ certificate, key }: CertificateFiles): Date {
  const certificateName = `RELAY_TLS_CERT_FILE (${certificate})`;
  const keyName = `RELAY_TLS_KEY_FILE (${key})`;
  const pem = { cert: readText(certificateName, certificate), key: readText(keyName, key) };
  const first = parseCertificate(certificateName, pem.cert);
  if (!first.checkPrivateKey(parseKey(keyName, pem.key))) {
    throw new Error(`${keyName} is not the key of the certificate in ${certificateName}.`);
  }
  try {
    createSecureContext(pem);
  } catch (error) {
    // The key is too short, or a further certificate in the file is wrong.
    throw new Error(`${certificateName} cannot be used for TLS: ${reasonOf(error)}.`);
  }
  return new Date(first.validTo);
}

function readText(name: string, path: string): string {
  try {
    const found = statSync(path);
    // A device or a pipe would be read for ever.
    if (!found.isFile() || found.size > mostBytes) throw new Error(`it is no file of at most ${mostBytes} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Node.js appends the path, which the name has.
    const [reason] = reasonOf(error).split(', ');
    throw new Error(`${name} cannot be read: ${reason}.`);
  }
}

function parseCertificate(name: string, pem: string): X509Certificate {
  try {
    // The parser takes DER as well, the TLS library does not.
    if (pem.includes('-----BEGIN ')) return new X509Certificate(pem);
  } catch {
    // Its reasons are OpenSSL's, and tell an operator nothing more.
  }
  throw new Error(`${name} holds no certificate in PEM form.`);
}

function parseKey(name: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    const isEncrypted = /^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(pem);
    throw new Error(
      isEncrypted
        ? `${name} is protected by a passphrase: the edge needs the key without one.`
        : `${name} holds no private key in PEM form.`,
    );
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
