import { createHash } from 'node:crypto';
import { acknowledgeDone } from '../gc/acknowledge.js';
import { keysOfPush } from '../gc/keys-of-manifest.js';
import { manifestUnknown } from '../manifests/delete-manifest.js';
import { readManifest } from '../manifests/manifest-content.js';
import type { Manifest } from '../manifests/parse-manifest.js';
import { parseManifest } from '../manifests/parse-manifest.js';
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../manifests/media-types.js';
import { putManifest } from '../manifests/put-manifest.js';
import type { Digest } from '../reference/digest.js';
import { CANONICAL, digestOf, tryParseDigest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import type { Schedule } from './schedule.js';
import { discard, readBody, single } from './transport.js';
import type { Upstream } from './upstream.js';
import { UpstreamError, isTemporary, isUpstreamError } from './upstream-error.js';

export interface ManifestsOptions {
  readonly store: Store;
  readonly upstream: Upstream;
  readonly schedule: Schedule | undefined;
  readonly manifestLimit: number;
}

export type Reference = { readonly tag: string } | { readonly digest: Digest };

export interface ProxiedManifests {
  /**
   * Sees to it that the store has a manifest, and that a tag names what the upstream says.
   *
   * @returns whether the upstream could not be asked, so that what the store has may be out of date
   * @throws RegistryError MANIFEST_UNKNOWN; UpstreamError
   */
  bring(name: string, reference: Reference): Promise<'fresh' | 'stale'>;
}

const TIMEOUT_MS = 60_000;
const ACCEPTED = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].join(', ');

/** What everybody asks for meanwhile is asked of the upstream once; a client that leaves does not spoil it for the others. */
export function createProxiedManifests(options: ManifestsOptions): ProxiedManifests {
  const pending = new Map<string, Promise<'fresh' | 'stale'>>();
  return {
    bring(name, reference) {
      const key = 'tag' in reference ? `${name}:${reference.tag}` : `${name}@${reference.digest.text}`;
      const known = pending.get(key);
      if (known !== undefined) return known;
      const started = (
        'tag' in reference
          ? bringTag(options, name, reference.tag)
          : bringDigest(options, name, reference.digest)
      ).finally(() => {
        pending.delete(key);
      });
      pending.set(key, started);
      return started;
    },
  };
}

async function bringDigest(options: ManifestsOptions, name: string, digest: Digest): Promise<'fresh'> {
  if (await isStored(options, name, digest)) return 'fresh';
  await options.store.presence.joining;
  await fetchManifest(options, name, { digest }, []);
  return 'fresh';
}

async function bringTag(options: ManifestsOptions, name: string, tag: string): Promise<'fresh' | 'stale'> {
  const { store, upstream } = options;
  const local = await store.layout.tags.resolve(name, tag);
  const hasLocal = local !== undefined && (await isStored(options, name, local));
  if (hasLocal && upstream.isResting) return 'stale';
  try {
    await update(options, name, tag, hasLocal ? local : undefined);
    return 'fresh';
  } catch (error) {
    if (hasLocal && isTemporary(error)) return 'stale';
    // The upstream has taken it back: it does not come to life again when the upstream is away.
    if (local !== undefined && isRegistryError(error, 'MANIFEST_UNKNOWN')) {
      await store.presence.joining;
      await store.layout.tags.delete(name, tag);
    }
    throw error;
  }
}

/** @param local - what the tag names, if the store has that */
async function update(
  options: ManifestsOptions,
  name: string,
  tag: string,
  local: Digest | undefined,
): Promise<void> {
  const { store } = options;
  const current = await headManifest(options, name, tag);
  if (current !== undefined && current.text === local?.text) return;
  await store.presence.joining;
  if (current !== undefined && (await isStored(options, name, current)))
    await store.layout.tags.set(name, tag, current);
  else await fetchManifest(options, name, current === undefined ? { tag } : { digest: current }, [tag]);
}

/** What a tag names at the upstream; undefined when it does not say. It counts no request for it, as some do for a GET. */
async function headManifest(
  { upstream }: ManifestsOptions,
  name: string,
  tag: string,
): Promise<Digest | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await upstream.send({
      method: 'HEAD',
      name,
      path: `manifests/${tag}`,
      accept: ACCEPTED,
      signal,
    });
    await discard(response);
    return tryParseDigest(single(response.headers, 'docker-content-digest') ?? '');
  } catch (error) {
    if (isUpstreamError(error, 'UNKNOWN')) throw manifestUnknown(tag);
    throw error;
  }
}

async function isStored(
  { store, schedule }: ManifestsOptions,
  name: string,
  digest: Digest,
): Promise<boolean> {
  if ((await readManifest(store, name, digest)) === undefined) return false;
  schedule?.touch('manifest', name, digest);
  return true;
}

async function fetchManifest(
  { store, upstream, schedule, manifestLimit }: ManifestsOptions,
  name: string,
  reference: Reference,
  tags: readonly string[],
): Promise<void> {
  const text = 'tag' in reference ? reference.tag : reference.digest.text;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const path = `manifests/${text}`;
  const response = await upstream
    .send({ method: 'GET', name, path, accept: ACCEPTED, signal })
    .catch((error: unknown) => {
      throw isUpstreamError(error, 'UNKNOWN') ? manifestUnknown(text) : error;
    });
  const content = await readBody(response, manifestLimit);
  const said = tryParseDigest(single(response.headers, 'docker-content-digest') ?? '');
  const digest = 'digest' in reference ? reference.digest : (said ?? digestOf(content, CANONICAL));
  for (const each of [digest, said]) if (each !== undefined) checkContent(content, each);
  const manifest = parse(content);
  await acknowledgeDone(store.gate, await keysOfPush(store, name, digest, manifest), () =>
    putManifest(store, { name, digest, manifest, content, tags }),
  );
  schedule?.touch('manifest', name, digest);
}

function checkContent(content: Buffer, { algorithm, hex }: Digest): void {
  if (createHash(algorithm).update(content).digest('hex') === hex) return;
  throw new UpstreamError('INVALID', 'what the upstream sends does not have the digest');
}

function parse(content: Buffer): Manifest {
  try {
    return parseManifest(content, undefined);
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    const message = `the upstream sends no manifest that this registry takes: ${error.message}`;
    throw new UpstreamError('INVALID', message, { cause: error });
  }
}
