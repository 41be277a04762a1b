import { expect } from 'vitest';
import { sha256 } from './content.js';
import { request } from './http.js';
import { pull } from './pull.js';
import type { RunningRegistry } from './start-registry.js';
import { listStore } from './store-check.js';

/** Something that the registry has confirmed with a 2xx. */
export type Acknowledged =
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly digest: string }
  | { readonly kind: 'tag'; readonly name: string; readonly tag: string; readonly digest: string };

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** What a registry has promised, kept outside of it. A later acknowledgement of a tag replaces an earlier one. */
export class Journal {
  readonly #entries = new Map<string, Acknowledged>();

  constructor(entries: readonly Acknowledged[] = []) {
    for (const entry of entries) this.acknowledge(entry);
  }

  acknowledge(entry: Acknowledged): void {
    this.#entries.set(
      `${entry.kind} ${entry.name} ${entry.kind === 'tag' ? entry.tag : entry.digest}`,
      entry,
    );
  }

  /**
   * Pulls everything that was acknowledged and hashes it; follows every tag that is listed to its last layer; and looks
   * for files that do not belong in the store, and for processes too many.
   */
  async audit(registry: RunningRegistry): Promise<void> {
    for (const entry of this.#entries.values()) await checkEntry(registry, entry);
    for (const name of await listRepositories(registry)) {
      for (const tag of await listTags(registry, name)) await checkManifest(registry, name, tag);
    }
    const { hashState } = await listStore(registry.store);
    expect(hashState, "hash states, which are Go's alone").toEqual([]);
    // One that was killed is replaced in a moment.
    await registry.driverPid();
  }
}

async function checkEntry(registry: RunningRegistry, entry: Acknowledged): Promise<void> {
  const { name, digest } = entry;
  if (entry.kind === 'blob') return checkBlob(registry, name, digest);
  const found = await readManifest(registry, name, entry.kind === 'tag' ? entry.tag : digest);
  expect(found.digest, `${name} ${entry.kind}`).toBe(digest);
}

async function checkBlob({ url }: RunningRegistry, name: string, digest: string): Promise<void> {
  const pulled = await pull(`${url}/v2/${name}/blobs/${digest}`).result;
  expect(pulled, `blob ${digest} of ${name}`).toMatchObject({ status: 200, digest });
  expect(pulled.contentLength).toBe(pulled.bytes);
}

/** @param reference - a tag or a digest */
async function checkManifest(registry: RunningRegistry, name: string, reference: string): Promise<void> {
  const { manifest, digest } = await readManifest(registry, name, reference);
  if (reference.includes(':')) expect(digest).toBe(reference);
  for (const child of manifest.manifests ?? []) await checkManifest(registry, name, child.digest);
  for (const blob of [manifest.config, ...(manifest.layers ?? [])])
    if (blob !== undefined) await checkBlob(registry, name, blob.digest);
}

interface Descriptor {
  readonly digest: string;
}

interface Manifest {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

async function readManifest({ url }: RunningRegistry, name: string, reference: string) {
  const answer = await request(`${url}/v2/${name}/manifests/${reference}`, { headers: { accept: ACCEPT } });
  expect(answer.status, `manifest ${reference} of ${name}`).toBe(200);
  const digest = sha256(answer.body);
  expect(answer.headers['docker-content-digest']).toBe(digest);
  return { manifest: JSON.parse(answer.body.toString()) as Manifest, digest };
}

async function listRepositories({ url }: RunningRegistry): Promise<string[]> {
  const { body } = await request(`${url}/v2/_catalog?n=1000`);
  return (JSON.parse(body.toString()) as { repositories: string[] }).repositories;
}

async function listTags({ url }: RunningRegistry, name: string): Promise<string[]> {
  const { status, body } = await request(`${url}/v2/${name}/tags/list`);
  if (status === 404) return [];
  return (JSON.parse(body.toString()) as { tags: string[] | null }).tags ?? [];
}
