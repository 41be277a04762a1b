import { readFileSync } from 'node:fs';
import type { AgentOptions } from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Config } from './config.js';

const CONNECT_MS = 5_000;
/** A connection that is silent for so long is given up. A client that reads slowly makes one silent too: its read goes on with another. */
const SILENCE_MS = 60_000;
/** Stores that put objects together byte by byte say nothing meanwhile. */
const ASSEMBLY_SILENCE_MS = 15 * 60_000;

/** What the SDK asks of a handler, as far as it is used. */
type Handle = NodeHttpHandler['handle'];

/** HTTP for all requests of a driver, over connections that are kept. */
export class S3HttpHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
  readonly #usual: NodeHttpHandler;
  readonly #patient: NodeHttpHandler;

  constructor(config: Pick<S3Config, 'endpoint' | 'skipVerify'>) {
    const options = agentOptions(config);
    const ca = certificates();
    this.#agents = {
      httpAgent: new HttpAgent(options),
      httpsAgent: new HttpsAgent({ ...options, ...ca, rejectUnauthorized: !config.skipVerify }),
    };
    const common = { ...this.#agents, connectionTimeout: CONNECT_MS };
    this.#usual = new NodeHttpHandler({ ...common, socketTimeout: SILENCE_MS });
    this.#patient = new NodeHttpHandler({ ...common, socketTimeout: ASSEMBLY_SILENCE_MS });
  }

  handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const handler = isAssembly(request) ? this.#patient : this.#usual;
    return handler.handle(request, options);
  }

  updateHttpClientConfig(): void {
    // What it is made with stays.
  }

  httpHandlerConfigs(): object {
    return {};
  }

  destroy(): void {
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }
}

function agentOptions({ endpoint }: Pick<S3Config, 'endpoint'>): AgentOptions {
  const isLoopback = endpoint !== undefined && /^(localhost|127\.[\d.]+|\[::1\])$/.test(endpoint.hostname);
  return {
    // As many as there are requests and bodies, which are bounded elsewhere: clients that read slowly must not hold others up.
    keepAlive: true,
    // HTTP_PROXY and its like, as Go has them: never for this machine. Versions of Node that do not know the option use none.
    ...(isLoopback ? {} : { proxyEnv: process.env }),
  };
}

/** As the AWS command line and Go's SDK have it: this bundle instead of the certificates that are trusted otherwise. */
function certificates(): { ca?: Buffer } {
  const bundle = process.env.AWS_CA_BUNDLE;
  if (bundle === undefined || bundle === '') return {};
  try {
    return { ca: readFileSync(bundle) };
  } catch (cause) {
    throw new Error('the file that AWS_CA_BUNDLE names cannot be read', { cause });
  }
}

/** CompleteMultipartUpload and the copies. */
function isAssembly({ method, query, headers }: Parameters<Handle>[0]): boolean {
  return 'x-amz-copy-source' in headers || (method === 'POST' && 'uploadId' in query);
}
