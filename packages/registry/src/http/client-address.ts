import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** As Distribution (internal/requestutil): what a proxy says, or the end of the connection, with its port. */
export function clientAddress(req: IncomingMessage): string {
  const forwarded = forwardedFor(req);
  if (forwarded !== undefined) return forwarded;
  const { remoteAddress, remotePort } = req.socket;
  if (remoteAddress === undefined) return '';
  const address = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress;
  return remotePort === undefined ? address : `${address}:${remotePort}`;
}

/** The address without a port; empty at a Unix socket without a proxy in front. */
export function clientHost(req: IncomingMessage): string {
  return forwardedFor(req) ?? req.socket.remoteAddress ?? '';
}

function forwardedFor({ headers }: IncomingMessage): string | undefined {
  return [headers['x-forwarded-for'], headers['x-real-ip']]
    .map((value) => [value].flat()[0]?.split(',', 1)[0]?.trim())
    .find((address) => address !== undefined && isIP(address) !== 0);
}
