import { request } from './http.js';
import { startServer } from './server-process.js';
import { freePort } from './start-registry.js';
import { expectStatus } from './upload.js';

/** What a proxy does to connections; the names and attributes are toxiproxy's. */
export type Toxic = (
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter?: number } }
  | { readonly type: 'bandwidth'; readonly attributes: { /** KB/s */ readonly rate: number } }
  | { readonly type: 'timeout' | 'reset_peer'; readonly attributes: { readonly timeout: number } }
  | { readonly type: 'limit_data'; readonly attributes: { readonly bytes: number } }
) & {
  /** `downstream`, from the server to its client, is the default. */
  readonly stream?: 'upstream' | 'downstream';
  /** The share of connections that have it, 0 to 1. Default: 1. */
  readonly toxicity?: number;
};

export interface Toxiproxy {
  /** The address of the proxy, in the place of the server's. */
  readonly url: string;
  /** Connections that there are already get it, too. */
  poison(toxic: Toxic): Promise<void>;
  /** Removes all toxics. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A TCP proxy in front of one server.
 *
 * @param command - its program, see `useTool` and `findTool`
 * @param upstream - the address of the server: `http://127.0.0.1:<port>`
 */
export async function startToxiproxy(command: string, upstream: string): Promise<Toxiproxy> {
  const [port, own] = [await freePort(), await freePort()];
  const api = `http://127.0.0.1:${own}`;
  const args = ['-host', '127.0.0.1', '-port', String(own)];
  const server = await startServer({ command, args, url: `${api}/version` });
  const post = (path: string, body: object, status: number) =>
    expectStatus(status, request(`${api}${path}`, { method: 'POST', body: JSON.stringify(body) }));
  const { host } = new URL(upstream);
  await post('/proxies', { name: 's', listen: `127.0.0.1:${port}`, upstream: host, enabled: true }, 201);
  return {
    url: `http://127.0.0.1:${port}`,
    async poison(toxic) {
      await post('/proxies/s/toxics', toxic, 200);
    },
    async heal() {
      await post('/reset', {}, 204);
    },
    stop: () => server.kill(),
  };
}
