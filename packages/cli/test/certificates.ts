import type { KeyObject } from 'node:crypto';
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, in PEM form. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateOptions {
  readonly commonName: string;
  /** Default: signed by its own key. */
  readonly issuer?: Issued & { readonly commonName: string };
  readonly isCa?: boolean;
  /** Default: one day around now. */
  readonly from?: Date;
  readonly to?: Date;
  /** Default: `localhost`. */
  readonly host?: string;
}

const DAY_MS = 86_400_000;

/** Issues an X.509 certificate (RFC 5280) for a host and 127.0.0.1, of the few parts that TLS wants. */
export function issue(options: CertificateOptions): Issued {
  const { commonName, issuer, isCa = false, host = 'localhost' } = options;
  const from = options.from ?? new Date(Date.now() - DAY_MS);
  const to = options.to ?? new Date(Date.now() + DAY_MS);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    name(issuer?.commonName ?? commonName),
    sequence(time(from), time(to)),
    name(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(basicConstraints(isCa), alternativeNames(host))),
  );
  const der = sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, signer)));
  return { certificate: toPem(der), key: exportKey(privateKey) };
}

function exportKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trim();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function basicConstraints(isCa: boolean): Buffer {
  return extension('551d13', sequence(...(isCa ? [tagged(0x01, Buffer.from([0xff]))] : [])));
}

function alternativeNames(host: string): Buffer {
  const dns = tagged(0x82, Buffer.from(host));
  return extension('551d11', sequence(dns, tagged(0x87, Buffer.from([127, 0, 0, 1]))));
}

function extension(oid: string, value: Buffer): Buffer {
  return sequence(tagged(0x06, Buffer.from(oid, 'hex')), tagged(0x04, value));
}

function name(commonName: string): Buffer {
  const attribute = sequence(
    tagged(0x06, Buffer.from('550403', 'hex')),
    tagged(0x0c, Buffer.from(commonName)),
  );
  return sequence(tagged(0x31, attribute));
}

function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, '')));
}

function integer(value: Buffer): Buffer {
  return tagged(0x02, value);
}

function bits(value: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), value]));
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** Tag, length, value (X.690). */
function tagged(tag: number, value: Buffer): Buffer {
  const length =
    value.length < 0x80
      ? [value.length]
      : value.length < 0x100
        ? [0x81, value.length]
        : [0x82, value.length >> 8, value.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

const ECDSA_WITH_SHA256 = sequence(tagged(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
