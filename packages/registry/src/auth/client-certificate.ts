import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The part of a certificate that names its user: the common name, or the first e-mail address, URI or DNS name. */
export type CertificatePart = 'cn' | 'san';

/**
 * Makes the function that finds the user of a connection; undefined where there is no certificate, or none that the
 * server has verified.
 */
export function createCertificateUser(part: CertificatePart): (req: IncomingMessage) => string | undefined {
  const known = new WeakMap<Socket, string | undefined>();
  return ({ socket }) => {
    if (known.has(socket)) return known.get(socket);
    const user = userOf(socket, part);
    known.set(socket, user);
    return user;
  };
}

function userOf(socket: Socket, part: CertificatePart): string | undefined {
  // The socket of HTTP/2 is a stand-in, of which `instanceof` holds too.
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  return certificate && (part === 'cn' ? commonName(certificate) : alternativeName(certificate));
}

/** One name only: of several, nobody knows which one is meant. */
export function commonName({ subject }: Pick<X509Certificate, 'subject'>): string | undefined {
  const names = subject.split('\n').filter((line) => line.startsWith('CN='));
  return names.length === 1 ? usable(names[0]?.slice('CN='.length)) : undefined;
}

/** Node quotes names with characters that could pass for a separator: they are left out. */
export function alternativeName({
  subjectAltName = '',
}: Partial<Pick<X509Certificate, 'subjectAltName'>>): string | undefined {
  const names = subjectAltName.split(', ');
  for (const kind of ['email:', 'URI:', 'DNS:']) {
    const found = names.find((name) => name.startsWith(kind));
    if (found !== undefined) return usable(found.slice(kind.length));
  }
  return undefined;
}

function usable(name: string | undefined): string | undefined {
  return name !== undefined &&
    /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/.test(name) &&
    !/["\\]/.test(name)
    ? name
    : undefined;
}
