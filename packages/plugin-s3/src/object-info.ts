import { StorageError } from '@outrigger/driver';
import type { ObjectInfo } from '@outrigger/object-store';

/** What answers and listings say of an object. */
interface Described {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ContentLength?: number | undefined;
  /** `bytes 0-9/100`, of a part of the object. */
  readonly ContentRange?: string | undefined;
}

/** @throws StorageError INTERNAL when the store does not say how big it is */
export function toInfo(
  key: string,
  { ETag, LastModified, ContentLength, ContentRange }: Described,
): ObjectInfo {
  const whole = ContentRange === undefined ? ContentLength : Number(ContentRange.split('/')[1]);
  if (whole === undefined || !Number.isSafeInteger(whole))
    throw new StorageError('INTERNAL', 'the store does not say how big an object is');
  return { key, size: whole, modTime: toSecond(LastModified), version: ETag };
}

/** A header says no more than the second: listings of MinIO and radosgw do, and would tell of another time than stat. */
function toSecond(time: Date | undefined): Date {
  return new Date(Math.floor((time?.getTime() ?? 0) / 1000) * 1000);
}
