import { createHash } from 'node:crypto';
import { digestOf } from '../content.js';
import type { Descriptor } from '../registry-client.js';
import { imageManifest } from '../registry-client.js';
import { SMALL_BLOB } from './scale.js';

/** Ten layers make a manifest of about 2 KiB, as images have. */
export const LAYERS_OF_MANIFEST = 10;
const PER_REPOSITORY = 100;

/** The object of a number, the same in every run and every process. */
export function seedBlob(index: number): Buffer {
  const block = createHash('sha512').update(`outrigger bench ${index}`).digest();
  return Buffer.alloc(SMALL_BLOB, block);
}

/** The manifest of a number names blobs of its own repository. */
export function seedManifest(index: number, blobs: readonly Descriptor[]): Buffer {
  const first = index - (index % PER_REPOSITORY);
  const pick = (offset: number) => {
    const blob = blobs[first + ((index + offset) % Math.min(PER_REPOSITORY, blobs.length - first))];
    if (blob === undefined) throw new RangeError(`no blob for manifest ${index}`);
    return blob;
  };
  const layers = Array.from({ length: LAYERS_OF_MANIFEST }, (_, layer) => pick(layer + 1));
  return imageManifest(pick(0), layers, `number ${index}`);
}

export function seedRepository(index: number): string {
  return `seed/r${String(Math.floor(index / PER_REPOSITORY)).padStart(4, '0')}`;
}

export function seedTag(index: number): string {
  return `t${String(index % PER_REPOSITORY).padStart(2, '0')}`;
}

export function seedBlobs(count: number): { descriptor: Descriptor; data: Buffer }[] {
  return Array.from({ length: count }, (_, index) => {
    const data = seedBlob(index);
    return { descriptor: { digest: digestOf(data), size: data.length }, data };
  });
}
