import type { StorageDriver } from '@outrigger/driver';
import { checkDriver, readToEnd } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encrypt } from '../../src/index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { SILENT } from '../wrap-parts.js';

export const keyLine = (id: string) => `${id} ${randomBytes(32).toString('base64')}`;

export interface EncryptedStore {
  /** What is stored. */
  readonly store: StorageDriver;
  readonly driver: StorageDriver;
  readonly keyfile: string;
  /** Another driver on the same store, with the keys as they are now. */
  readonly reopen: () => Promise<StorageDriver>;
}

export async function encryptedStore(lines: readonly string[] = [keyLine('first')]): Promise<EncryptedStore> {
  const keyfile = join(await temporaryDirectory(), 'keys');
  await writeFile(keyfile, `# keys\n\n${lines.join('\n')}\n`);
  const store = checkDriver(await inmemory.create({}));
  const reopen = async () => checkDriver(await encrypt.wrap(store, { keyfile }, SILENT));
  return { store, driver: await reopen(), keyfile, reopen };
}

export async function write(driver: StorageDriver, path: string, content: Uint8Array): Promise<void> {
  const writer = await driver.writer(path);
  await writer.write(content);
  await writer.commit();
}

export async function read(
  driver: StorageDriver,
  path: string,
  offset = 0,
  length?: number,
): Promise<Buffer> {
  const bytes = await readToEnd(await driver.reader(path, { offset, length }), 2 ** 26);
  return Buffer.from(bytes);
}

/** Replaces what is stored. */
export async function change(
  store: StorageDriver,
  path: string,
  how: (stored: Buffer) => Buffer,
): Promise<void> {
  await write(store, path, how(await read(store, path)));
}
