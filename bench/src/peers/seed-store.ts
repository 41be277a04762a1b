import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOf } from '../content.js';
import { seedBlobs, seedManifest, seedRepository, seedTag } from './seed-objects.js';

export type StoreLayout = 'distribution' | 'oci';

/**
 * Writes a store with `count` blobs of 4 KiB and `count` tagged manifests into a directory, in the layout of Distribution
 * or as OCI image layouts; does nothing when it is there already.
 *
 * @returns the root directory of the store
 */
export function seedStore(directory: string, count: number, layout: StoreLayout): string {
  const root = join(directory, `${layout}-${count}`);
  const complete = join(directory, `${layout}-${count}.complete`);
  if (existsSync(complete)) return root;
  rmSync(root, { recursive: true, force: true });
  const write = new FileWriter(root);
  const blobs = seedBlobs(count);
  const descriptors = blobs.map(({ descriptor }) => descriptor);
  const writeObject = layout === 'oci' ? writeOci : writeDistribution;
  const indexes = new Map<string, object[]>();
  for (const [index, { data, descriptor }] of blobs.entries()) {
    const manifest = seedManifest(index, descriptors);
    const object = { index, blob: data, blobDigest: descriptor.digest, manifest, digest: digestOf(manifest) };
    writeObject(write, object, indexes);
  }
  for (const [repository, manifests] of indexes) writeIndex(write, repository, manifests);
  writeFileSync(complete, '');
  return root;
}

interface SeedObject {
  readonly index: number;
  readonly blob: Buffer;
  readonly blobDigest: string;
  readonly manifest: Buffer;
  readonly digest: string;
}

/** See layout/paths.ts of the registry package. */
function writeDistribution(
  write: FileWriter,
  { index, blob, blobDigest, manifest, digest }: SeedObject,
): void {
  const base = 'docker/registry/v2';
  const repository = `${base}/repositories/${seedRepository(index)}`;
  const tag = `${repository}/_manifests/tags/${seedTag(index)}`;
  const blobPath = (of: string) => `${base}/blobs/sha256/${hexOf(of).slice(0, 2)}/${hexOf(of)}/data`;
  write.file(blobPath(blobDigest), blob);
  write.file(`${repository}/_layers/sha256/${hexOf(blobDigest)}/link`, blobDigest);
  write.file(blobPath(digest), manifest);
  write.file(`${repository}/_manifests/revisions/sha256/${hexOf(digest)}/link`, digest);
  write.file(`${tag}/index/sha256/${hexOf(digest)}/link`, digest);
  write.file(`${tag}/current/link`, digest);
}

function writeOci(write: FileWriter, object: SeedObject, indexes: Map<string, object[]>): void {
  const { index, blob, blobDigest, manifest, digest } = object;
  const repository = seedRepository(index);
  write.file(`${repository}/blobs/sha256/${hexOf(blobDigest)}`, blob);
  write.file(`${repository}/blobs/sha256/${hexOf(digest)}`, manifest);
  const manifests = indexes.get(repository) ?? [];
  manifests.push({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: manifest.length,
    annotations: { 'org.opencontainers.image.ref.name': seedTag(index) },
  });
  indexes.set(repository, manifests);
}

function writeIndex(write: FileWriter, repository: string, manifests: readonly object[]): void {
  write.file(`${repository}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  write.file(`${repository}/index.json`, JSON.stringify({ schemaVersion: 2, manifests }));
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

/** Synchronous: four times as fast for small files, and nothing else happens meanwhile. */
class FileWriter {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  file(path: string, data: string | Buffer): void {
    const full = join(this.#root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, data);
  }
}
