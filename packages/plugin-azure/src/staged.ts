import type { Multipart } from '@outrigger/object-store';
import { listSegment } from './list.js';
import type { Service } from './service.js';
import { guard } from './service.js';

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
      const id = key.slice(directory.length);
      const began = Number(/^(\d{14})-/.exec(id)?.[1] ?? NaN);
      // Names come in the order of age.
      if (began >= before.getTime()) return;
      if (!Number.isNaN(began)) yield { key, id };
    }
    marker = segment.marker;
  } while (marker !== undefined);
}
