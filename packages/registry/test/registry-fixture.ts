import { createHash, randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import type { StorageDriver } from '@outrigger/driver';
import { checkDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { onTestFinished } from 'vitest';
import type { GarbageSource, Logger, Registry, RegistryOptions } from '../src/index.js';
import { SERVER_OPTIONS, createRegistry } from '../src/index.js';

export interface TestRegistry {
  /** Without a slash at its end. */
  readonly origin: string;
  readonly port: number;
  readonly driver: StorageDriver;
  readonly server: Server;
  /** Level and message of every line. */
  readonly lines: readonly string[];
  readonly forget: Registry['forget'];
  /** Of the main store. */
  readonly garbage: GarbageSource;
  /** A request below `/v2/`; redirects are not followed. */
  call(method: string, path: string, init?: RequestInit): Promise<Response>;
}

export async function memoryDriver(): Promise<StorageDriver> {
  return checkDriver(await inmemory.create({}));
}

/** A registry on a free port, until the test has finished. */
export async function startRegistry(options: Partial<RegistryOptions> = {}): Promise<TestRegistry> {
  const driver = options.driver ?? (await memoryDriver());
  const { log, lines } = recordLog();
  const registry = createRegistry({
    secret: Buffer.from('a secret'),
    deleteEnabled: true,
    log,
    ...options,
    driver,
  });
  const server = createServer(SERVER_OPTIONS, registry.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await registry.close();
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const call = (method: string, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(path.startsWith('http') ? path : `${origin}/v2/${path}`, { redirect: 'manual', ...init, method });
  const {
    forget,
    garbage: [garbage],
  } = registry;
  return { origin, port, driver, server, lines, forget, garbage, call };
}

/** Everything that a method of a driver is replaced with, over the others of a real one. */
export function overrideDriver(driver: StorageDriver, override: Partial<StorageDriver>): StorageDriver {
  return new Proxy(driver, {
    get: (target, key, receiver) => {
      const chosen: unknown = Reflect.get(key in override ? override : target, key, receiver);
      return chosen;
    },
  });
}

export function digestOf(content: Uint8Array | string, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;
}

export function bytes(size: number): Buffer {
  return randomBytes(size);
}

/** A location or link of an answer. */
export function header(response: Response, name: string): string {
  const value = response.headers.get(name);
  if (value === null) throw new Error(`${String(response.status)} without ${name}`);
  return value;
}

export function withDigest(location: string, digest: string): string {
  const url = new URL(location);
  url.searchParams.set('digest', digest);
  return url.href;
}

export async function startUpload(registry: TestRegistry, name: string): Promise<string> {
  return header(await registry.call('POST', `${name}/blobs/uploads/`), 'location');
}

export async function pushBlob(registry: TestRegistry, name: string, content: Uint8Array): Promise<string> {
  const digest = digestOf(content);
  const answer = await registry.call('POST', `${name}/blobs/uploads/?digest=${digest}`, { body: content });
  if (answer.status !== 201)
    throw new Error(`push of a blob: ${String(answer.status)} ${await answer.text()}`);
  return digest;
}

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

export type ImageFields = Readonly<Record<string, unknown>>;

/** Pushes the blobs of an image, and answers its manifest. */
export async function makeImage(
  registry: TestRegistry,
  name: string,
  fields: ImageFields = {},
): Promise<Buffer> {
  const config = bytes(32);
  const layer = bytes(64);
  await pushBlob(registry, name, config);
  await pushBlob(registry, name, layer);
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: 32 },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(layer), size: 64 }],
      ...fields,
    }),
  );
}

export async function putManifest(
  registry: TestRegistry,
  name: string,
  reference: string,
  content: Uint8Array | string,
  mediaType = OCI_MANIFEST,
): Promise<Response> {
  return registry.call('PUT', `${name}/manifests/${reference}`, {
    body: content,
    headers: { 'Content-Type': mediaType },
  });
}

/** An image under a tag. */
export async function pushImage(
  registry: TestRegistry,
  name: string,
  reference: string,
  fields: ImageFields = {},
): Promise<{ content: Buffer; digest: string }> {
  const content = await makeImage(registry, name, fields);
  const answer = await putManifest(registry, name, reference, content);
  if (answer.status !== 201)
    throw new Error(`push of a manifest: ${String(answer.status)} ${await answer.text()}`);
  return { content, digest: digestOf(content) };
}

/** The code of an answer that must be an error in the specification's form. */
export async function errorCode(response: Response): Promise<string> {
  const body = (await response.json()) as { errors: { code: string; message: string }[] };
  const [error, ...others] = body.errors;
  if (error === undefined || others.length > 0 || error.message === '') throw new Error('not an error body');
  return error.code;
}

/** Sends bytes as they are, and answers all that comes back until the end of the connection. */
export function sendRaw(port: number, request: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
  });
}

/** Every path in a store that holds content. */
export async function listPaths(driver: StorageDriver, directory = '/'): Promise<string[]> {
  const { entries } = await driver.list(directory);
  const below = await Promise.all(
    entries.map(async ({ path }) => ((await driver.stat(path)).isDir ? listPaths(driver, path) : [path])),
  );
  return below.flat();
}

function recordLog(): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (_fields: unknown, message: string) => void lines.push(`${level} ${message}`);
  return { lines, log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}
