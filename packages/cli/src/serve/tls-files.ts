import type { KeyObject } from 'node:crypto';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

/** Paths of PEM files. */
export interface TlsPaths {
  readonly certificate: string;
  readonly key: string;
  readonly clientCas: readonly string[];
}

/** Contents of PEM files, as Node takes them. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer[];
}

export interface LoadedTls {
  readonly files: TlsFiles;
  /** What clients will not like, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks what TLS needs.
 *
 * @param refuseExpired - an expired certificate is an error, and not a warning
 * @throws CommandError with one line that names the file, and nothing of what is in it
 */
export async function loadTlsFiles(paths: TlsPaths, refuseExpired: boolean): Promise<LoadedTls> {
  const { certificate, key } = paths;
  const cert = await read('http.tls.certificate', certificate);
  const [leaf] = parseCertificates('http.tls.certificate', certificate, cert);
  const keyPem = await read('http.tls.key', key);
  if (leaf?.checkPrivateKey(parseKey(key, keyPem)) !== true) {
    throw wrong('http.tls.key', key, `is not the key of the certificate in ${certificate}`);
  }
  const problem = validity(leaf, Date.now());
  if (problem !== undefined && refuseExpired) throw wrong('http.tls.certificate', certificate, problem);
  return {
    files: { cert, key: keyPem, ...(await loadClientCas(paths.clientCas)) },
    warnings: problem === undefined ? [] : [`http.tls.certificate: ${certificate} ${problem}`],
  };
}

/** @throws CommandError with one line that names the file */
export async function loadClientCas(paths: readonly string[]): Promise<Pick<TlsFiles, 'ca'>> {
  const ca = await Promise.all(paths.map((path) => readCa(path)));
  return ca.length === 0 ? {} : { ca };
}

async function readCa(path: string): Promise<Buffer> {
  const pem = await read('http.tls.clientcas', path);
  parseCertificates('http.tls.clientcas', path, pem);
  return pem;
}

async function read(key: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw wrong(key, path, `cannot be read: ${code}`);
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function parseCertificates(key: string, path: string, pem: Buffer): X509Certificate[] {
  const blocks = pem.toString('latin1').match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw wrong(key, path, 'has no certificate in PEM form');
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw wrong(key, path, 'has a certificate that cannot be read');
  }
}

function parseKey(path: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The reason of the library may quote the key.
    const isEncrypted = pem.toString('latin1').includes('ENCRYPTED');
    const why = isEncrypted ? 'is encrypted: decrypt it first' : 'has no private key in PEM form';
    throw wrong('http.tls.key', path, why);
  }
}

function validity(certificate: X509Certificate, now: number): string | undefined {
  const { validFrom, validTo } = certificate;
  if (now > Date.parse(validTo)) return `expired on ${validTo}`;
  return now < Date.parse(validFrom) ? `is valid only from ${validFrom} on` : undefined;
}

function wrong(key: string, path: string, why: string): CommandError {
  return new CommandError(`${key}: ${path} ${why}`, EXIT.config);
}
