import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createContent, sha256, toBuffer } from './content.js';
import { KIB, MIB } from './scale.js';
import { tar } from './tar.js';

const TYPE = 'application/vnd.oci.image';
export const INDEX_TYPE = `${TYPE}.index.v1+json`;
export const MANIFEST_TYPE = `${TYPE}.manifest.v1+json`;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

export interface Image {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** A multi-arch image of multi-layer ones, and everything in it by digest. */
export interface Images {
  readonly index: Descriptor;
  readonly amd64: Image;
  readonly arm64: Image;
  readonly blobs: ReadonlyMap<string, Buffer>;
}

/** The same images every time. The two share a layer; one layer is larger than what travels in a message. */
export function createImages(): Images {
  const blobs = new Map<string, Buffer>();
  const put = (content: Buffer | object, mediaType: string): Descriptor => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = sha256(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const shared = tar({ 'etc/motd': Buffer.from('welcome aboard\n') });
  const image = (architecture: string): Image => {
    const tars = [
      shared,
      tar({ 'usr/bin/program': toBuffer(createContent(`program ${architecture}`, 5 * MIB)) }),
      tar({ [`etc/${architecture}`]: toBuffer(createContent(architecture, 20 * KIB)) }),
    ];
    const layers = tars.map((layer) => put(gzipSync(layer), `${TYPE}.layer.v1.tar+gzip`));
    const config = put(
      {
        architecture,
        os: 'linux',
        config: { Env: [`ARCH=${architecture}`] },
        rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
        history: tars.map((_, index) => ({ created_by: `step ${index + 1}` })),
      },
      `${TYPE}.config.v1+json`,
    );
    const manifest = put({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers }, MANIFEST_TYPE);
    return { manifest: { ...manifest, platform: { architecture, os: 'linux' } }, config, layers };
  };
  const [amd64, arm64] = [image('amd64'), image('arm64')];
  const manifests = [amd64.manifest, arm64.manifest];
  return {
    index: put({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }, INDEX_TYPE),
    amd64,
    arm64,
    blobs,
  };
}

/** Writes an OCI image layout with the tags multi, amd64 and arm64. */
export async function writeLayout(directory: string, images: Images): Promise<void> {
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
  for (const [digest, bytes] of images.blobs) await writeFile(blobFile(directory, digest), bytes);
  const tagged = (tag: string, descriptor: Descriptor) => ({
    ...descriptor,
    annotations: { 'org.opencontainers.image.ref.name': tag },
  });
  const manifests = [
    tagged('multi', images.index),
    tagged('amd64', images.amd64.manifest),
    tagged('arm64', images.arm64.manifest),
  ];
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(
    join(directory, 'index.json'),
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }),
  );
}

/** Where a layout has its content. */
export function blobFile(directory: string, digest: string): string {
  return join(directory, 'blobs', ...digest.split(':'));
}
