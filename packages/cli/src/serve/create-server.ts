import type { Server, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { Registry } from '@outrigger/registry';
import { SERVER_OPTIONS } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { AccessLog } from './access-log.js';
import { spareAnswers } from './idle-connections.js';

export interface ServerParts {
  readonly registry: Registry;
  readonly headers: Config['http']['headers'];
  readonly accessLog: AccessLog | undefined;
}

/** The HTTP server in front of the registry. */
export function createServer({ registry, headers, accessLog }: ServerParts): Server {
  const fixed = Object.entries(headers);
  const server = createHttpServer(SERVER_OPTIONS, (req, res) => {
    accessLog?.(req, res);
    if (fixed.length > 0) addHeaders(res, fixed);
    registry.handle(req, res);
  });
  spareAnswers(server);
  return server;
}

/** At the last moment, since the registry drops the headers of an answer that became an error. */
function addHeaders(res: ServerResponse, headers: readonly (readonly [string, readonly string[]])[]): void {
  const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => ServerResponse;
  res.writeHead = (...args: unknown[]) => {
    for (const [name, values] of headers) res.setHeader(name, values);
    return writeHead(...args);
  };
}
