import { createHash } from 'node:crypto';
import type { Content } from './content.js';
import { sliceOf } from './content.js';
import type { Connection } from './http/connection.js';
import type { Answer } from './http/response-parser.js';
import { headerOf } from './http/response-parser.js';

/** docker-registry 2.8 answers an OCI manifest only to those who ask for one. */
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const BINARY = 'Content-Type: application/octet-stream\r\n';

export const ACCEPT = `Accept: ${MANIFEST_TYPE}\r\n`;

/** Uploads a blob by one POST and one PUT. */
export async function pushBlob(connection: Connection, repository: string, content: Content): Promise<void> {
  const location = await openUpload(connection, repository);
  await finishUpload(connection, location, content, content.parts);
}

/** Uploads a blob by one POST, `pieces` PATCHes of the same size, and an empty PUT. */
export async function pushChunked(
  connection: Connection,
  repository: string,
  content: Content,
  pieces: number,
): Promise<void> {
  let location = await openUpload(connection, repository);
  const size = Math.ceil(content.size / pieces);
  for (let offset = 0; offset < content.size; offset += size) {
    const end = Math.min(offset + size, content.size);
    const headers = `${BINARY}Content-Range: ${offset}-${end - 1}\r\n`;
    const body = sliceOf(content, offset, size);
    const answer = await connection.send({ method: 'PATCH', path: location, headers, body });
    location = locationOf(expectStatus(answer, 202, 'PATCH of an upload'));
  }
  await finishUpload(connection, location, content, []);
}

export async function openUpload(connection: Connection, repository: string): Promise<string> {
  const path = `/v2/${repository}/blobs/uploads/`;
  return locationOf(
    expectStatus(await connection.send({ method: 'POST', path, body: [] }), 202, 'POST of an upload'),
  );
}

export async function finishUpload(
  connection: Connection,
  location: string,
  { digest }: Pick<Content, 'digest'>,
  body: readonly Buffer[],
): Promise<void> {
  const path = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
  expectStatus(await connection.send({ method: 'PUT', path, headers: BINARY, body }), 201, 'PUT of a blob');
}

export async function putManifest(
  connection: Connection,
  repository: string,
  tag: string,
  manifest: Buffer,
): Promise<void> {
  const path = `/v2/${repository}/manifests/${tag}`;
  const headers = `Content-Type: ${MANIFEST_TYPE}\r\n`;
  const answer = await connection.send({ method: 'PUT', path, headers, body: [manifest] });
  expectStatus(answer, 201, 'PUT of a manifest');
}

/** Gets content and drops it. */
export async function fetchContent(connection: Connection, path: string, size: number): Promise<void> {
  const answer = await connection.send({ method: 'GET', path, headers: ACCEPT });
  expectStatus(answer, 200, `GET ${path}`);
  if (answer.bytes !== size) throw new Error(`GET ${path}: ${answer.bytes} bytes instead of ${size}`);
}

/** Gets content, which must have the digest. */
export async function verifyContent(connection: Connection, path: string, digest: string): Promise<void> {
  const hash = createHash('sha256');
  const sink = (data: Buffer) => void hash.update(data);
  expectStatus(await connection.send({ method: 'GET', path, headers: ACCEPT, sink }), 200, `GET ${path}`);
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw new Error(`GET ${path}: digest ${found} instead of ${digest}`);
}

export interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

export function imageManifest(config: Descriptor, layers: readonly Descriptor[], note = ''): Buffer {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...pick(config) },
      layers: layers.map((layer) => ({ mediaType, ...pick(layer) })),
      ...(note === '' ? {} : { annotations: { 'org.opencontainers.image.description': note } }),
    }),
  );
}

export function expectStatus(answer: Answer, status: number, what: string): Answer {
  if (answer.status === status) return answer;
  throw new Error(`${what}: ${answer.head.split('\r\n', 1)[0] ?? ''} instead of ${status}`);
}

function pick({ digest, size }: Descriptor): Descriptor {
  return { digest, size };
}

function locationOf(answer: Answer): string {
  const location = headerOf(answer, 'location');
  if (location === undefined) throw new Error('an upload without a Location');
  const { pathname, search } = new URL(location, 'http://127.0.0.1');
  return pathname + search;
}
