import { randomBytes } from 'node:crypto';
import type { CloudServer, CloudStore } from './cloud-server.js';

/** A server of Google Cloud Storage. Neither of the two that there are checks credentials or signatures. */
export type GcsServer = CloudServer<GcsBucket>;

export type GcsBucket = CloudStore;

/** Parts of the least size, so that small content has many; and a key that only signs, since the servers check none. */
export async function createBucket(
  url: string,
  credentials: Readonly<Record<string, string>>,
): Promise<GcsBucket> {
  const name = `bucket-${randomBytes(6).toString('hex')}`;
  await call(`${url}/storage/v1/b?project=test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  return {
    name,
    parameters: (endpoint = url) => ({ bucket: name, endpoint, credentials, chunksize: 262_144 }),
    async names() {
      const { items = [] } = (await call(`${url}/storage/v1/b/${name}/o`)) as { items?: { name: string }[] };
      return items.map((item) => item.name);
    },
  };
}

async function call(url: string, init: RequestInit = {}): Promise<unknown> {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${url}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}
