import { createContent, sha256, toBuffer } from '../harness/content.js';
import { errorCodes, request } from '../harness/http.js';
import type { Descriptor } from '../harness/images.js';
import { MANIFEST_TYPE } from '../harness/images.js';
import { pushBytes, pushManifest } from '../harness/push-images.js';
import { KIB } from '../harness/scale.js';
import { expectStatus } from '../harness/upload.js';

/** A small image of which nothing is in any other, under a tag. The seed makes its content. */
export async function pushSmallImage(
  url: string,
  name: string,
  tag: string,
  seed = `${name} ${tag}`,
): Promise<Descriptor & { readonly layer: string }> {
  const layer = toBuffer(createContent(`layer of ${seed}`, 40 * KIB));
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', seed }));
  const body = toJson({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: await describe(url, name, config, 'application/vnd.oci.image.config.v1+json'),
    layers: [await describe(url, name, layer, 'application/vnd.oci.image.layer.v1.tar')],
  });
  await pushManifest(url, name, tag, MANIFEST_TYPE, body);
  return { mediaType: MANIFEST_TYPE, digest: sha256(body), size: body.length, layer: sha256(layer) };
}

/** An artifact that refers to a manifest, by its digest alone: no tag names it. */
export async function attach(url: string, name: string, subject: Descriptor, text: string): Promise<string> {
  const body = toJson({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: 'application/vnd.example.note',
    config: await describe(url, name, Buffer.from('{}'), 'application/vnd.oci.empty.v1+json'),
    layers: [await describe(url, name, Buffer.from(text), 'text/plain')],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
  });
  await pushManifest(url, name, sha256(body), MANIFEST_TYPE, body);
  return sha256(body);
}

export async function listReferrers(url: string, name: string, digest: string): Promise<string[]> {
  const { body } = await expectStatus(200, request(`${url}/v2/${name}/referrers/${digest}`));
  const { manifests } = JSON.parse(body.toString()) as { manifests: { digest: string }[] };
  return manifests.map((each) => each.digest).sort();
}

/** @param path - below the repository, e.g. `manifests/sha256:...` */
export async function deletePath(url: string, name: string, path: string): Promise<void> {
  await expectStatus(202, request(`${url}/v2/${name}/${path}`, { method: 'DELETE' }));
}

/** The status of a path below a repository, and the code of an error. */
export async function look(url: string, name: string, path: string): Promise<string> {
  const answer = await request(`${url}/v2/${name}/${path}`, { headers: { accept: `${MANIFEST_TYPE}, */*` } });
  return answer.status < 400 ? String(answer.status) : `${answer.status} ${errorCodes(answer).join()}`;
}

async function describe(url: string, name: string, content: Buffer, mediaType: string): Promise<Descriptor> {
  return { mediaType, digest: await pushBytes(url, name, content), size: content.length };
}

function toJson(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
