import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createContent, sha256, toBuffer } from '../harness/content.js';
import type { Descriptor } from '../harness/images.js';
import { MANIFEST_TYPE, blobFile } from '../harness/images.js';

export const LAYERS = 8;

/** Writes a layout with so many images of {@link LAYERS} layers, each its own, under the tags t0, t1, ... */
export async function writeImages(directory: string, images: number, layerSize: number): Promise<void> {
  const put = async (bytes: Buffer, mediaType: string): Promise<Descriptor> => {
    const digest = sha256(bytes);
    await writeFile(blobFile(directory, digest), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  await mkdir(dirname(blobFile(directory, sha256(Buffer.alloc(0)))), { recursive: true });
  const config = await put(Buffer.from('{}'), 'application/vnd.oci.image.config.v1+json');
  const manifests: object[] = [];
  for (let image = 0; image < images; image++) {
    const layers: Descriptor[] = [];
    for (let layer = 0; layer < LAYERS; layer++) {
      const bytes = toBuffer(createContent(`${directory} ${image} ${layer}`, layerSize + image));
      layers.push(await put(bytes, 'application/vnd.oci.image.layer.v1.tar'));
    }
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers });
    const descriptor = await put(Buffer.from(manifest), MANIFEST_TYPE);
    const annotations = { 'org.opencontainers.image.ref.name': `t${image}` };
    manifests.push({ ...descriptor, annotations });
  }
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}
