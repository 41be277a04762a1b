import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningRegistry } from './start-registry.js';
import { until } from './until.js';
import type { Upload } from './upload.js';

/** Waits until some bytes of an upload have reached the disk: its writer is open then, and its request in flight. */
export async function uploadStarted(
  { store }: RunningRegistry,
  name: string,
  { location }: Upload,
): Promise<void> {
  const id = new URL(location).pathname.split('/').at(-1) ?? '';
  const file = join(store, 'docker/registry/v2/repositories', name, '_uploads', id, 'data');
  await until(`bytes in ${file}`, () =>
    stat(file).then(
      ({ size }) => size > 0,
      () => false,
    ),
  );
}
