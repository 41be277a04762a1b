import type { ServerOptions } from 'node:http';

/** How the HTTP server that passes requests to the registry has to be made. */
export const SERVER_OPTIONS = {
  // A slow upload is not a dead one: Node's 300 seconds would end it with 408.
  requestTimeout: 0,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16 * 1024,
  insecureHTTPParser: false,
  noDelay: true,
} as const satisfies ServerOptions;
