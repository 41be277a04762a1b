import { expect } from 'vitest';
import { sha256 } from '../harness/content.js';
import { request } from '../harness/http.js';
import { pull } from '../harness/pull.js';

/** All that a registry serves: each repository's tags, and each manifest and blob below them with its type. */
export type Inventory = Readonly<Record<string, Readonly<Record<string, string>>>>;

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Pulls everything that a tag leads to, and checks each digest on the way. */
export async function takeInventory(url: string): Promise<Inventory> {
  const all: Record<string, Record<string, string>> = {};
  const { repositories } = await getJson<{ repositories: string[] }>(`${url}/v2/_catalog?n=1000`);
  for (const name of repositories) {
    const found: Record<string, string> = {};
    const { tags } = await getJson<{ tags: string[] | null }>(`${url}/v2/${name}/tags/list`);
    for (const tag of tags ?? []) found[`tag ${tag}`] = await takeManifest(url, name, tag, found);
    all[name] = Object.fromEntries(Object.entries(found).sort());
  }
  return all;
}

interface Descriptor {
  readonly digest: string;
}

interface Manifest {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

async function takeManifest(
  url: string,
  name: string,
  reference: string,
  found: Record<string, string>,
): Promise<string> {
  const answer = await request(`${url}/v2/${name}/manifests/${reference}`, { headers: { accept: ACCEPT } });
  expect(answer.status, `manifest ${reference} of ${name}`).toBe(200);
  const digest = sha256(answer.body);
  expect(answer.headers['docker-content-digest']).toBe(digest);
  found[digest] = String(answer.headers['content-type']);
  const { config, layers = [], manifests = [] } = JSON.parse(answer.body.toString()) as Manifest;
  for (const child of manifests) await takeManifest(url, name, child.digest, found);
  for (const blob of config === undefined ? layers : [config, ...layers]) {
    const { status, digest: pulled, bytes } = await pull(`${url}/v2/${name}/blobs/${blob.digest}`).result;
    expect({ status, pulled }, `blob of ${name}`).toEqual({ status: 200, pulled: blob.digest });
    found[blob.digest] = `${bytes} bytes`;
  }
  return digest;
}

async function getJson<T>(url: string): Promise<T> {
  const { status, body } = await request(url);
  expect(status, url).toBe(200);
  return JSON.parse(body.toString()) as T;
}
