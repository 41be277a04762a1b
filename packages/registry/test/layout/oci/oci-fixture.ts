import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { RegistryOptions } from '../../../src/index.js';
import type { TestRegistry } from '../../registry-fixture.js';
import { OCI_MANIFEST, bytes, digestOf, memoryDriver, startRegistry } from '../../registry-fixture.js';

export const REF_NAME = 'org.opencontainers.image.ref.name';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface IndexJson {
  readonly schemaVersion: number;
  readonly manifests: readonly Descriptor[];
}

export function startOci(options: Partial<RegistryOptions> = {}): Promise<TestRegistry> {
  return startRegistry({ layout: 'oci', ...options });
}

export async function readIndex(driver: StorageDriver, name: string): Promise<IndexJson> {
  return JSON.parse(await readText(driver, `/${name}/index.json`)) as IndexJson;
}

export async function readText(driver: StorageDriver, path: string): Promise<string> {
  return Buffer.from(await driver.get(path)).toString('utf8');
}

export async function isThere(driver: StorageDriver, path: string): Promise<boolean> {
  try {
    await driver.stat(path);
    return true;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return false;
    throw error;
  }
}

/** A layout as another tool writes it: `oci-layout` is left out where a test wants that. */
export interface ForeignLayout {
  /** Writes content, and describes it. */
  add(content: Buffer | string, mediaType: string): Promise<Descriptor>;
  /** An image of two blobs. */
  addImage(fields?: Readonly<Record<string, unknown>>): Promise<Descriptor>;
  writeIndex(index: unknown): Promise<void>;
}

export async function createForeignLayout(
  driver: StorageDriver,
  name: string,
  { withLayoutFile = true } = {},
): Promise<ForeignLayout> {
  if (withLayoutFile) await driver.put(`/${name}/oci-layout`, Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  const add: ForeignLayout['add'] = async (content, mediaType) => {
    const raw = Buffer.from(content);
    const digest = digestOf(raw);
    await driver.put(`/${name}/blobs/${digest.replace(':', '/')}`, raw);
    return { mediaType, digest, size: raw.length };
  };
  return {
    add,
    async addImage(fields = {}) {
      const config = await add(bytes(20), 'application/vnd.oci.image.config.v1+json');
      const layer = await add(bytes(40), 'application/vnd.oci.image.layer.v1.tar');
      const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer], ...fields };
      return add(JSON.stringify(manifest), OCI_MANIFEST);
    },
    writeIndex: (index) =>
      driver.put(
        `/${name}/index.json`,
        Buffer.from(typeof index === 'string' ? index : JSON.stringify(index)),
      ),
  };
}

export function named(descriptor: Descriptor, ref: string): Descriptor {
  return { ...descriptor, annotations: { ...descriptor.annotations, [REF_NAME]: ref } };
}

export { memoryDriver };
