import { once } from 'node:events';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import { TLSSocket } from 'node:tls';

export interface Visit {
  readonly status: number | undefined;
  readonly serialNumber: string;
  readonly protocol: string | null;
  readonly curve: string | undefined;
  readonly hsts: string | undefined;
}

/** GET /v2/ as a client of the host would ask, at a port of this machine. */
export async function visit(
  port: number,
  host: string,
  ca: string,
  options: ConnectionOptions = {},
): Promise<Visit> {
  const req = request({
    host: '127.0.0.1',
    port,
    path: '/v2/',
    servername: host,
    headers: { host },
    ca,
    agent: false,
    ...options,
  });
  const [res] = (await once(req.end(), 'response')) as [IncomingMessage];
  if (!(res.socket instanceof TLSSocket)) throw new Error('the answer came without TLS');
  const { serialNumber, asn1Curve } = res.socket.getPeerCertificate();
  const protocol = res.socket.getProtocol();
  res.resume();
  await once(res, 'close');
  const hsts = res.headers['strict-transport-security'];
  return { status: res.statusCode, serialNumber, protocol, curve: asn1Curve, hsts };
}
