import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Content } from '../harness/content.js';
import { sha256 } from '../harness/content.js';
import type { Answer } from '../harness/http.js';
import { request } from '../harness/http.js';
import { beginUpload, finishUpload, sendChunk, toUpload } from '../harness/upload.js';
import type { Operation } from './linearizable.js';

export const NAME = 'shared/image';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** What all writers have done, in times of one clock. */
export interface Journal {
  /** By tag. */
  readonly histories: Map<string, Operation[]>;
  /** Manifests that were pushed and acknowledged, with their tags: what may be deleted by its digest. */
  readonly pushed: { readonly digest: string; readonly tag: string }[];
  /** Acknowledged uploads, deletes and so on. */
  readonly counts: Record<string, number>;
  /** What must never be. */
  readonly faults: string[];
}

export interface WriterParts {
  /** Both hosts; the first one is where this writer begins most of the time. */
  readonly urls: readonly string[];
  readonly tags: readonly string[];
  readonly layers: readonly Content[];
  readonly random: () => number;
  readonly journal: Journal;
  readonly id: string;
}

/** Pushes, pulls and deletes at random until it is told to stop. */
export async function runWriter(parts: WriterParts, signal: AbortSignal): Promise<void> {
  for (let count = 0; !signal.aborted; count++) {
    const act = pick(parts.random, ACTS);
    await act(parts, count).catch(async (error: unknown) => {
      // A host was killed: what was begun has no known end, or changed nothing of a tag.
      if (!isBroken(error)) throw error;
      bump(parts.journal, 'broken');
      await pause(50);
    });
  }
}

type Act = (parts: WriterParts, count: number) => Promise<void>;

const ACTS: readonly Act[] = [push, push, push, pull, pull, pull, pull, deleteTag, deleteManifest];

async function push(parts: WriterParts, count: number): Promise<void> {
  const { random, tags, layers, journal, id } = parts;
  const layer = pick(random, layers);
  await pushLayer(parts, layer);
  const config = Buffer.from(JSON.stringify({ id, count }));
  const digest = sha256(config);
  const url = `${host(parts)}/v2/${NAME}/blobs/uploads/?digest=${digest}`;
  expectStatus(await request(url, { method: 'POST', body: config }), [201]);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, digest, size: config.length },
    layers: [{ mediaType: LAYER, digest: layer.digest, size: layer.size }],
  });
  const tag = pick(random, tags);
  const value = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
  const headers = { 'content-type': MANIFEST };
  const answer = await record(parts, tag, { kind: 'put', value }, [201], (origin) =>
    request(`${origin}/v2/${NAME}/manifests/${tag}`, { method: 'PUT', headers, body: manifest }),
  );
  if (answer === undefined) return;
  journal.pushed.push({ digest: value, tag });
  bump(journal, 'pushes');
}

/** Begun, gone on with and ended on hosts that chance has chosen. */
async function pushLayer(parts: WriterParts, layer: Content): Promise<void> {
  const half = Math.floor(layer.size / 2);
  const begun = await beginUpload(host(parts), NAME);
  const chunk = await sendChunk(at(begun, host(parts)), layer, { to: half });
  expectStatus(chunk, [202]);
  const url = host(parts);
  const end = await finishUpload(at(toUpload(url, chunk), url), layer, { from: half });
  expectStatus(end, [201]);
  bump(parts.journal, 'uploads');
}

async function pull(parts: WriterParts): Promise<void> {
  const { random, tags, journal } = parts;
  const tag = pick(random, tags);
  const begin = performance.now();
  const url = host(parts);
  const answer = await request(`${url}/v2/${NAME}/manifests/${tag}`, { headers: { accept: MANIFEST } });
  expectStatus(answer, [200, 404]);
  const value = answer.status === 404 ? undefined : sha256(answer.body);
  note(journal, tag, { kind: 'get', value, begin, end: performance.now() });
  bump(journal, value === undefined ? 'misses' : 'pulls');
  if (value !== undefined) await checkWhole(parts, answer.body);
}

/** Nobody deletes a blob here. */
async function checkWhole(parts: WriterParts, content: Buffer): Promise<void> {
  const { config, layers } = JSON.parse(content.toString()) as Record<'config', Blob> & { layers: Blob[] };
  for (const { digest, size } of [config, ...layers]) {
    const answer = await request(`${host(parts)}/v2/${NAME}/blobs/${digest}`);
    if (answer.status >= 500) continue;
    const isWhole = answer.status === 200 && answer.body.length === size && sha256(answer.body) === digest;
    if (!isWhole) parts.journal.faults.push(`${digest} is not whole: ${answer.status}`);
  }
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

async function deleteTag(parts: WriterParts): Promise<void> {
  const tag = pick(parts.random, parts.tags);
  const answer = await record(parts, tag, { kind: 'delete' }, [202, 404], (origin) =>
    request(`${origin}/v2/${NAME}/manifests/${tag}`, { method: 'DELETE' }),
  );
  if (answer !== undefined) bump(parts.journal, 'tag deletes');
}

async function deleteManifest(parts: WriterParts): Promise<void> {
  const { random, journal } = parts;
  const late = journal.pushed.slice(-8);
  const chosen = late[Math.floor(random() * late.length)];
  if (chosen === undefined) return;
  const { digest, tag } = chosen;
  const answer = await record(parts, tag, { kind: 'deleteIf', value: digest }, [202, 404], (origin) =>
    request(`${origin}/v2/${NAME}/manifests/${digest}`, { method: 'DELETE' }),
  );
  if (answer?.status === 202) bump(journal, 'manifest deletes');
}

/**
 * Does something to a tag, and notes it whatever comes of it.
 *
 * @returns the answer; undefined when it is not known what was done
 */
async function record(
  parts: WriterParts,
  tag: string,
  operation: Pick<Operation, 'kind' | 'value'>,
  expected: readonly number[],
  act: (origin: string) => Promise<Answer>,
): Promise<Answer | undefined> {
  const begin = performance.now();
  const answer = await act(host(parts)).catch((error: unknown) => {
    // Nobody was there to do it.
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') throw error;
    return undefined;
  });
  if (answer === undefined || answer.status >= 500) {
    note(parts.journal, tag, { ...operation, begin, end: Infinity });
    bump(parts.journal, 'unknown');
    return undefined;
  }
  expectStatus(answer, expected);
  // A manifest that is not there changes no tag.
  if (operation.kind === 'deleteIf' && answer.status === 404) return answer;
  note(parts.journal, tag, { ...operation, found: answer.status === 202, begin, end: performance.now() });
  return answer;
}

function note({ histories }: Journal, tag: string, operation: Operation): void {
  const history = histories.get(tag);
  if (history === undefined) histories.set(tag, [operation]);
  else history.push(operation);
}

function bump({ counts }: Journal, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

/** Its own one mostly. */
function host({ urls, random }: WriterParts): string {
  const [own = '', other = own] = urls;
  return random() < 0.6 ? own : other;
}

function at<U extends { readonly location: string }>(upload: U, url: string): U {
  const { pathname, search } = new URL(upload.location);
  return { ...upload, location: `${url}${pathname}${search}` };
}

class BrokenError extends Error {}

/** What a host that is killed, or just starts, answers to what it does not change a tag with. */
function expectStatus({ status, body }: Answer, expected: readonly number[]): void {
  if (expected.includes(status)) return;
  if (status >= 500) throw new BrokenError(`status ${status}`);
  throw new Error(`status ${status}: ${body.toString().slice(0, 300)}`);
}

function isBroken(error: unknown): boolean {
  if (error instanceof BrokenError) return true;
  if (!(error instanceof Error)) return false;
  return 'code' in error || /hang up|aborted|status 5\d\d/.test(error.message);
}

function pick<T>(random: () => number, from: readonly T[]): T {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}
