import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { sha256 } from './content.js';
import type { Descriptor, Image } from './images.js';
import { blobFile } from './images.js';

/** The digests that an OCI layout names at its top, sorted. */
export async function topDigests(directory: string): Promise<string[]> {
  const { manifests } = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')) as {
    manifests: Descriptor[];
  };
  return manifests.map(({ digest }) => digest).sort();
}

/** Every blob of the images is in the layout, with the right bytes. */
export async function expectImages(directory: string, images: readonly Image[]): Promise<void> {
  for (const { manifest, config, layers } of images) {
    for (const { digest } of [manifest, config, ...layers])
      expect(sha256(await readFile(blobFile(directory, digest)))).toBe(digest);
  }
}
