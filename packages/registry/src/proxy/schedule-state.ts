import type { StorageDriver } from '@outrigger/driver';
import { MAX_PUT_SIZE, StorageError, isStorageError, readFully } from '@outrigger/driver';
import { isJsonObject } from '../manifests/descriptor.js';

/** Where Distribution keeps it (registry/proxy/proxyregistry.go), in the same form: both registries take turns on a store. */
export const SCHEDULE = '/scheduler-state.json';

/** Numbers as Distribution has them: 0 a blob, 1 a manifest. */
export type EntryType = 0 | 1;

export interface ScheduleEntry {
  readonly type: EntryType;
  /** Milliseconds since 1970. */
  readonly expiry: number;
}

/** By `<repository>@<digest>`. */
export type ScheduleEntries = Map<string, ScheduleEntry>;

const MAX_STATE_BYTES = 256 * 1024 * 1024;

/** @throws StorageError; SyntaxError for what is no JSON object */
export async function readSchedule(driver: StorageDriver): Promise<ScheduleEntries> {
  const text = await readText(driver);
  const fields: unknown = text === undefined ? {} : JSON.parse(text);
  if (!isJsonObject(fields)) throw new SyntaxError('not a JSON object');
  const entries: ScheduleEntries = new Map();
  for (const value of Object.values(fields)) {
    if (!isJsonObject(value)) continue;
    const { Key: key, ExpiryData: expiry, EntryType: type } = value;
    const time = typeof expiry === 'string' ? Date.parse(expiry) : NaN;
    if (typeof key === 'string' && (type === 0 || type === 1) && Number.isFinite(time))
      entries.set(key, { type, expiry: time });
  }
  return entries;
}

export async function writeSchedule(driver: StorageDriver, entries: ScheduleEntries): Promise<void> {
  const fields = [...entries].map(([key, { type, expiry }]) => [
    key,
    { Key: key, ExpiryData: new Date(expiry).toISOString(), EntryType: type },
  ]);
  const content = Buffer.from(JSON.stringify(Object.fromEntries(fields)), 'utf8');
  if (content.length <= MAX_PUT_SIZE) return driver.put(SCHEDULE, content);
  const mode = driver.capabilities.isolatedWriters === true ? 'isolated' : 'truncate';
  const writer = await driver.writer(SCHEDULE, { mode, expectedSize: content.length });
  try {
    await writer.write(content);
    await writer.commit();
  } catch (error) {
    await writer.cancel().catch(() => undefined);
    throw error;
  }
}

async function readText(driver: StorageDriver): Promise<string | undefined> {
  try {
    const reader = await driver.reader(SCHEDULE);
    try {
      if (reader.size > MAX_STATE_BYTES) throw new StorageError('INTERNAL', `${SCHEDULE} is too large`);
      const content = Buffer.alloc(reader.size);
      return content.subarray(0, await readFully(reader, content)).toString('utf8');
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}
