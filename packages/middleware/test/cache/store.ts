import type { ContentReader, StorageDriver } from '@outrigger/driver';
import { checkDriver, readToEnd } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { WrappedDriver } from '../../src/index.js';
import { cache } from '../../src/index.js';
import { SILENT } from '../wrap-parts.js';

export interface Blob {
  readonly path: string;
  readonly bytes: Buffer;
  readonly hex: string;
}

export function randomBlob(size: number): Blob {
  return blobOf(randomBytes(size));
}

export function blobOf(bytes: Buffer, prefix = '/docker/registry/v2'): Blob {
  const hex = createHash('sha256').update(bytes).digest('hex');
  return { path: `${prefix}/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, bytes, hex };
}

/** Where the cache keeps a blob. */
export function fileOf(directory: string, { hex }: Blob): string {
  return join(directory, 'sha256', hex.slice(0, 2), hex);
}

export interface CountedStore {
  readonly driver: StorageDriver;
  /** The calls so far: the method and the path. */
  readonly calls: string[];
}

/** A store in memory that tells what it was asked. */
export async function countedStore(changes: Partial<StorageDriver> = {}): Promise<CountedStore> {
  const inner = await inmemory.create({});
  const calls: string[] = [];
  const told = new Proxy(inner, {
    get(target, key: keyof StorageDriver) {
      const value: unknown = Reflect.get(key in changes ? changes : target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        calls.push(`${key} ${String(args[0])}`);
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { driver: told, calls };
}

export interface Cached {
  readonly driver: WrappedDriver & StorageDriver;
  readonly count: (name: string) => number;
}

export async function cached(
  inner: StorageDriver,
  directory: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Cached> {
  const wrapped = await cache.wrap(inner, { directory, size: '64MiB', ...options }, SILENT);
  const driver = Object.assign(checkDriver(wrapped), { counts: () => wrapped.counts?.() ?? {} });
  return { driver, count: (name) => driver.counts()[name]?.value ?? 0 };
}

export async function putBlobs(driver: StorageDriver, ...blobs: readonly Blob[]): Promise<void> {
  for (const { path, bytes } of blobs) {
    const writer = await driver.writer(path);
    await writer.write(bytes);
    await writer.commit();
  }
}

export async function readBlob(driver: StorageDriver, path: string): Promise<Uint8Array> {
  return readToEnd(await driver.reader(path), 2 ** 28);
}

export async function readSome(reader: ContentReader, count: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let left = count; left > 0;) {
    const into = Buffer.alloc(left);
    const read = await reader.read(into);
    if (read === 0) break;
    parts.push(into.subarray(0, read));
    left -= read;
  }
  return Buffer.concat(parts);
}

/** Without a comparison element by element, which takes long. */
export function expectSame(seen: Uint8Array, expected: Uint8Array): void {
  expect([seen.length, Buffer.compare(seen, expected)]).toEqual([expected.length, 0]);
}
