import { sha256 } from './content.js';
import { request } from './http.js';
import type { Images } from './images.js';
import type { RunningRegistry } from './start-registry.js';
import { beginUpload, expectStatus } from './upload.js';

/** Pushes the images under the tags multi, amd64 and arm64, by the fewest requests that there are. */
export async function pushImages(
  { url }: Pick<RunningRegistry, 'url'>,
  name: string,
  images: Images,
): Promise<void> {
  const { index, amd64, arm64, blobs } = images;
  const content = (digest: string) => blobs.get(digest) ?? Buffer.alloc(0);
  for (const { digest } of new Set([amd64, arm64].flatMap(({ config, layers }) => [config, ...layers]))) {
    await pushBytes(url, name, content(digest));
  }
  const tags = { amd64: amd64.manifest, arm64: arm64.manifest, multi: index };
  for (const [tag, { digest, mediaType }] of Object.entries(tags)) {
    await pushManifest(url, name, tag, mediaType, content(digest));
  }
}

/** @returns the digest */
export async function pushBytes(url: string, name: string, bytes: Buffer): Promise<string> {
  const digest = sha256(bytes);
  const { location } = await beginUpload(url, name);
  const target = new URL(location);
  target.searchParams.set('digest', digest);
  await expectStatus(201, request(target.href, { method: 'PUT', body: bytes }));
  return digest;
}

export async function pushManifest(
  url: string,
  name: string,
  reference: string,
  mediaType: string,
  body: Buffer | string,
): Promise<void> {
  const headers = { 'content-type': mediaType };
  await expectStatus(
    201,
    request(`${url}/v2/${name}/manifests/${reference}`, { method: 'PUT', headers, body }),
  );
}

/** What a tag leads to, as the registry says. */
export async function tagDigest(
  { url }: Pick<RunningRegistry, 'url'>,
  name: string,
  tag: string,
): Promise<string> {
  const headers = { accept: '*/*' };
  const answer = await expectStatus(
    200,
    request(`${url}/v2/${name}/manifests/${tag}`, { method: 'HEAD', headers }),
  );
  return String(answer.headers['docker-content-digest']);
}
