import { StorageError } from '@outrigger/driver';
import { subjectOf } from '../access/identity.js';
import { mountBlob } from '../blobs/blob-links.js';
import type { Algorithm, Digest } from '../reference/digest.js';
import { CANONICAL, isAlgorithm, parseDigest } from '../reference/digest.js';
import { checkName } from '../reference/name.js';
import { RegistryError } from '../registry-error.js';
import { checkSize, limitBody } from '../uploads/blob-limit.js';
import { appendChunk } from '../uploads/append-chunk.js';
import { cancelUpload } from '../uploads/cancel-upload.js';
import { finishUpload } from '../uploads/finish-upload.js';
import type { MountSource } from '../uploads/mount-from-store.js';
import { mountFromStore } from '../uploads/mount-from-store.js';
import { pushWhole } from '../uploads/push-whole.js';
import { startUpload } from '../uploads/start-upload.js';
import { uploadStatus } from '../uploads/upload-status.js';
import { finishDirect, isWhole } from '../uploads/push-direct.js';
import { UploadOffsetError } from '../uploads/upload-errors.js';
import { checkUploadId, uploadUnknown } from '../uploads/upload-id.js';
import type { UploadState } from '../uploads/upload-token.js';
import { packUploadState, unpackUploadState } from '../uploads/upload-token.js';
import type { Chunk } from '../uploads/uploads.js';
import type { Call } from './call.js';
import { clientHost } from './client-address.js';
import { parseContentRange } from './content-range.js';
import { setEmpty } from './empty.js';
import { HttpError } from './errors.js';
import { locate } from './location.js';
import { reportBlob } from './report.js';
import { requestBody } from './request-body.js';

interface UploadRoute {
  readonly name: string;
  readonly id: string;
}

/** end-4 and end-11: a mount, a whole blob in one request, or the begin of an upload. */
export async function postUpload(call: Call, { name }: { name: string }): Promise<void> {
  const { query, service } = call;
  const mount = query.get('mount');
  if (mount !== null && (await tryMount(call, name, parseDigest(mount)))) return;
  if (query.has('digest')) return pushBlob(call, name, onlyDigest(query));
  const algorithm = parseAlgorithm(query);
  const start = () => startUpload(service.uploads, name, algorithm ?? CANONICAL);
  const { quota } = service.uploads;
  const state = await (quota === undefined ? start() : quota.begin(ownerOf(call), start));
  setUpload(call, { ...state, algorithm }, 202);
}

/** end-13. */
export async function getUpload(call: Call, { name, id }: UploadRoute): Promise<void> {
  const { query, service } = call;
  checkId(call, id);
  // Distribution gives the status without a token, too; one that is there must be right.
  // With access control it could be anybody's then.
  const isSigned = query.has('_state') || subjectOf(call.identity) !== undefined;
  const state = isSigned ? readState(call, { name, id }) : undefined;
  const algorithm = state?.algorithm;
  setUpload(call, { ...(await uploadStatus(service.uploads, state ?? { name, id })), algorithm }, 204);
}

/** end-5. */
export async function patchUpload(call: Call, route: UploadRoute): Promise<void> {
  const state = readState(call, route);
  const chunk = readChunk(call, state.offset);
  const { uploads } = call.service;
  const after = await withOffset(call, state, () => appendChunk(uploads, state, chunk));
  setUpload(call, after, 202);
}

/** end-6. */
export async function putUpload(call: Call, route: UploadRoute): Promise<void> {
  const { uploads } = call.service;
  const state = readState(call, route);
  const digest = onlyDigest(call.query);
  if ((state.algorithm ?? digest.algorithm) !== digest.algorithm)
    throw new RegistryError('DIGEST_INVALID', `the upload was begun for a digest of ${state.algorithm}`);
  const chunk = readChunk(call, state.offset);
  await withOffset(call, state, () =>
    isWhole(uploads, state, chunk)
      ? finishDirect(uploads, state, chunk.body, digest)
      : finishUpload(uploads, state, chunk, digest),
  );
  await setCreated(call, 'push', route.name, digest);
}

/** end-14. */
export async function deleteUpload(call: Call, route: UploadRoute): Promise<void> {
  await cancelUpload(call.service.uploads, readState(call, route));
  setEmpty(call, 204);
}

async function tryMount(call: Call, name: string, digest: Digest): Promise<boolean> {
  const { settings } = call.service;
  const from = call.query.get('from') ?? undefined;
  if (from !== undefined) {
    checkName(from);
    call.services.of(from).store.layout.checkName?.(from);
  }
  if (!mayMount(call, from, settings.anonymousMount)) return false;
  if (!(await mount(call, name, digest, from))) return false;
  await setCreated(call, 'mount', name, digest, from);
  return true;
}

function mount(call: Call, name: string, digest: Digest, from?: string): Promise<boolean> {
  const { service, services } = call;
  const source = from === undefined ? service : services.of(from);
  if (from === undefined || source === service) return mountBlob(service.store, name, digest, from);
  return copyMount(call, name, digest, { store: source.store, name: from });
}

/** It takes as much as a push does, and counts as one. */
async function copyMount(call: Call, name: string, digest: Digest, source: MountSource): Promise<boolean> {
  const { uploads } = call.service;
  let isMounted = false;
  const copy = async () => {
    isMounted = await mountFromStore(uploads, name, digest, source);
  };
  await (uploads.quota === undefined ? copy() : uploads.quota.whole(ownerOf(call), copy));
  return isMounted;
}

/** Nothing is looked up for who may not: it takes as long whether the blob is there or not. */
function mayMount({ identity }: Call, from: string | undefined, anonymousMount: boolean): boolean {
  if (from === undefined) return anonymousMount && identity.readsAll;
  return identity.allows({ type: 'repository', name: from, action: 'pull' });
}

/** end-4b. */
async function pushBlob(call: Call, name: string, digest: Digest): Promise<void> {
  const { uploads } = call.service;
  const chunk = readChunk(call, 0);
  const push = () => pushWhole(uploads, name, digest, chunk);
  await (uploads.quota === undefined ? push() : uploads.quota.whole(ownerOf(call), push));
  await setCreated(call, 'push', name, digest);
}

/** Whose uploads are counted together. */
function ownerOf({ identity, req }: Call): string {
  return identity.user === undefined ? `address ${clientHost(req)}` : `user ${identity.user}`;
}

function readState(call: Call, { name, id }: UploadRoute): UploadState {
  const { query, service, identity } = call;
  checkId(call, id);
  const state = unpackUploadState(service.settings.secret, query.get('_state') ?? '', name, id);
  const subject = subjectOf(identity);
  if (subject !== undefined && state.subject !== undefined && state.subject !== subject)
    throw uploadUnknown();
  return state;
}

/** Two processes that write to one upload could make content of it that is not what its digest says. */
function checkId({ service: { store } }: Call, id: string): void {
  checkUploadId(id);
  if (store.family?.ownsUpload(id) === false)
    throw new StorageError('UNAVAILABLE', 'the upload belongs to another process of this host');
}

/** @param offset - where the chunk starts, unless the client says it */
function readChunk(call: Call, offset: number): Chunk {
  const { blobLimit } = call.service.settings;
  const body = requestBody(call);
  const range = parseContentRange(call.req.headers['content-range'], body.length);
  if (range !== undefined && blobLimit !== undefined) checkSize(range.last + 1, blobLimit);
  return { body: limitBody(body, blobLimit, range?.first ?? offset), start: range?.first };
}

function onlyDigest(query: URLSearchParams): Digest {
  const [digest = '', ...others] = query.getAll('digest');
  if (others.length > 0) throw new RegistryError('DIGEST_INVALID', 'more than one digest is given');
  return parseDigest(digest);
}

/** end-4c. */
function parseAlgorithm(query: URLSearchParams): Algorithm | undefined {
  const algorithm = query.get('digest-algorithm');
  if (algorithm === null) return undefined;
  if (isAlgorithm(algorithm)) return algorithm;
  throw new RegistryError('DIGEST_INVALID', 'the digest algorithms are sha256 and sha512');
}

/** Works on an upload, and tells a client whose chunk is out of order where to go on. */
async function withOffset<T>(
  call: Call,
  { name, id, algorithm }: UploadState,
  act: () => Promise<T>,
): Promise<T> {
  const { quota } = call.service.uploads;
  try {
    return await (quota === undefined ? act() : quota.during(id, act));
  } catch (error) {
    if (!(error instanceof UploadOffsetError)) throw error;
    const { offset, startedAt } = error;
    const headers = uploadHeaders(call, { name, id, offset, startedAt, algorithm });
    throw new HttpError(416, 'BLOB_UPLOAD_INVALID', error.message, headers);
  }
}

function setUpload(call: Call, state: UploadState, status: number): void {
  setEmpty(call, status);
  call.ctx.set(uploadHeaders(call, state));
}

function uploadHeaders(call: Call, state: UploadState): Record<string, string> {
  const { name, id, offset } = state;
  const signed = packUploadState(call.service.settings.secret, {
    ...state,
    subject: subjectOf(call.identity),
  });
  const token = encodeURIComponent(signed);
  return {
    Location: locate(call, `${name}/blobs/uploads/${id}?_state=${token}`),
    // The last byte; of no bytes and of one byte it is the same, as in Distribution.
    Range: `0-${Math.max(0, offset - 1)}`,
    'Docker-Upload-UUID': id,
  };
}

async function setCreated(
  call: Call,
  action: 'push' | 'mount',
  name: string,
  digest: Digest,
  from?: string,
): Promise<void> {
  await reportBlob(call, action, { name, digest, from });
  setEmpty(call, 201);
  call.ctx.set('Location', locate(call, `${name}/blobs/${digest.text}`));
  call.ctx.set('Docker-Content-Digest', digest.text);
}
