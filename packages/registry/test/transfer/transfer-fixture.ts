import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { StorageDriver } from '@outrigger/driver';
import { onTestFinished } from 'vitest';
import type { LayoutKind, Store, TransferSink, TransferSource, Transferred } from '../../src/index.js';
import { UNCERTAIN, createStore, transfer } from '../../src/index.js';
import type { TransferFailure } from '../../src/index.js';
import { OCI_INDEX, OCI_MANIFEST, digestOf } from '../registry-fixture.js';

const SILENT = { debug: quiet, info: quiet, warn: quiet, error: quiet };

function quiet(): void {
  // Nothing is said.
}

/** What serves a driver, besides the registry of a test. */
export function storeOf(driver: StorageDriver, layout: LayoutKind = 'distribution'): Store {
  return createStore(driver, SILENT, { presence: UNCERTAIN, layout });
}

export interface Run extends Transferred {
  readonly failed: TransferFailure[];
}

export async function run(source: TransferSource, sink: TransferSink, dryRun = false): Promise<Run> {
  const failed: TransferFailure[] = [];
  const listener = { failure: (failure: TransferFailure) => void failed.push(failure) };
  const options = { parallel: 4, dryRun, manifestLimit: 4 * 1024 * 1024, takesOld: true, listener };
  return { ...(await transfer({ source, sink, ...options })), failed };
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'outrigger-transfer-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A layout that is being written by hand. */
export interface TestLayout {
  readonly directory: string;
  blob(content: Buffer | string, mediaType?: string): Promise<Descriptor>;
  image(layer: Buffer | string, fields?: object): Promise<Descriptor>;
  index(manifests: readonly Descriptor[], fields?: object): Promise<Descriptor>;
  /** Writes oci-layout and index.json. */
  end(entries: readonly (Descriptor | readonly [string, Descriptor])[]): Promise<void>;
}

export function testLayout(directory: string): TestLayout {
  const write = async (path: string, content: Buffer | string) => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  };
  const blob = async (content: Buffer | string, mediaType = 'application/octet-stream') => {
    const bytes = Buffer.from(content);
    const digest = digestOf(bytes);
    await write(`blobs/${digest.replace(':', '/')}`, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  return {
    directory,
    blob,
    async image(layer, fields = {}) {
      const config = await blob('{}', 'application/vnd.oci.image.config.v1+json');
      const layers = [await blob(layer, 'application/vnd.oci.image.layer.v1.tar')];
      const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers, ...fields };
      return blob(JSON.stringify(manifest), OCI_MANIFEST);
    },
    index: (manifests, fields = {}) =>
      blob(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...fields }), OCI_INDEX),
    async end(entries) {
      const manifests = entries.map((entry) => {
        if (!(entry instanceof Array)) return entry;
        const [tag, descriptor] = entry;
        return { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': tag } };
      });
      await write('index.json', JSON.stringify({ schemaVersion: 2, manifests }));
      await write('oci-layout', '{"imageLayoutVersion":"1.0.0"}');
    },
  };
}
