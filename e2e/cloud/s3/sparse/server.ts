import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerRequest } from './answer-request.js';
import { SparseStore } from './store.js';

export interface SparseS3 {
  readonly url: string;
  readonly bucket: string;
  readonly store: SparseStore;
  /** How many requests of each kind there were, e.g. `PUT`, `PUT partNumber`, `POST uploads`. */
  readonly counts: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** An S3 of one bucket that has the limits of the real one, and room for terabytes of zeros. */
export async function startSparseS3(): Promise<SparseS3> {
  const store = new SparseStore();
  const counts = new Map<string, number>();
  const server = createServer((req, res) => {
    const kind = kindOf(req);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    answerRequest(store, req, res).catch(() => req.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bucket: 'sparse',
    store,
    counts,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function kindOf({ method = '', url = '/', headers }: IncomingMessage): string {
  const { searchParams } = new URL(url, 'http://s3');
  const what = ['uploads', 'partNumber', 'uploadId', 'list-type', 'delete'].find((name) =>
    searchParams.has(name),
  );
  const copy = headers['x-amz-copy-source'] === undefined ? '' : ' copy';
  return `${method}${what === undefined ? '' : ` ${what}`}${copy}`;
}
