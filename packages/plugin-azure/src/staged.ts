import { createHash } from 'node:crypto';
import type { Multipart } from '@outrigger/object-store';
import { listSegment } from './list.js';
import type { Service } from './service.js';
import { guard } from './service.js';

/** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const MAX_NAME = 1023;

/** Of an upload: its id, and behind it the key that it goes to, so that who finds it can tell whose it is. */
export function stagingKey(directory: string, key: string, id: string): string {
  const whole = `${directory}${id}/${key}`;
  return whole.length <= MAX_NAME
    ? whole
    : `${directory}${id}/${createHash('sha256').update(key).digest('hex')}`;
}

/** Staged uploads that began before a time, also those without a committed block. */
export async function* findStaged(
  service: Service,
  directory: string,
  before: Date,
  signal?: AbortSignal,
): AsyncGenerator<Multipart> {
  let marker: string | undefined;
  do {
    const from = marker;
    const segment = await guard({ key: directory, signal }, () =>
      listSegment(service, { prefix: directory, isShallow: false, limit: 1000, signal }, from, {
        includeUncommitedBlobs: true,
      }),
    );
    for (const { key } of segment.objects) {
      const [, id, began, target] = /^((\d{14})-[^/]+)\/(.+)$/.exec(key.slice(directory.length)) ?? [];
      if (id === undefined || target === undefined) continue;
      // Names come in the order of age.
      if (Number(began) >= before.getTime()) return;
      yield { key: target, id };
    }
    marker = segment.marker;
  } while (marker !== undefined);
}
