import type { Uploads } from '../uploads/uploads.js';
import type { ProxiedBlobs } from './blobs.js';
import { createProxiedBlobs } from './blobs.js';
import type { ProxiedLists } from './lists.js';
import { createProxiedLists } from './lists.js';
import type { ProxiedManifests } from './manifests.js';
import { createProxiedManifests } from './manifests.js';
import { createSchedule } from './schedule.js';
import type { UpstreamOptions } from './upstream.js';
import { openUpstream } from './upstream.js';

export interface PullThroughOptions extends UpstreamOptions {
  /** How long something stays that nobody pulls, in milliseconds; undefined: for ever. */
  readonly ttlMs: number | undefined;
  /** How long a fetch may go on when nobody waits for it any more, in milliseconds. */
  readonly cacheWriteTimeoutMs: number;
}

/** What the handlers of a registry ask before they look into the store. */
export interface Proxy {
  readonly manifests: ProxiedManifests;
  readonly blobs: ProxiedBlobs;
  readonly lists: ProxiedLists;
  /** Whether a client means the upstream when it says so in `ns`. */
  isNamespace(name: string): boolean;
}

export interface ProxyParts {
  readonly uploads: Uploads;
  readonly manifestLimit: number;
  /** Largest blob that is fetched, in bytes. Undefined: any. */
  readonly blobLimit: number | undefined;
}

/** A cache of another registry's content. */
export interface PullThrough {
  /** For the registry that serves it; once. */
  attach(parts: ProxyParts): Proxy;
  /** Begins to remove what nobody pulls any more. In one process of a host. */
  start(): void;
  /** Ends the fetches that go on, and saves what must be known at the next start. Before the driver is closed. */
  close(): Promise<void>;
}

/**
 * Prepares to be a proxy. Nothing is asked of the upstream before a client asks.
 *
 * @throws RangeError for an HTTP proxy on the way that is none
 */
export async function openPullThrough(options: PullThroughOptions): Promise<PullThrough> {
  const upstream = await openUpstream(options);
  const { ttlMs, patienceMs, cacheWriteTimeoutMs } = options;
  let start = (): void => undefined;
  let close = (): Promise<void> => upstream.close();
  return {
    attach({ uploads, manifestLimit, blobLimit }) {
      const { store } = uploads;
      const schedule = ttlMs === undefined ? undefined : createSchedule(store, ttlMs);
      const blobs = createProxiedBlobs({
        uploads,
        upstream,
        schedule,
        blobLimit,
        patienceMs,
        cacheWriteTimeoutMs,
      });
      start = () => schedule?.start();
      close = async () => {
        await blobs.close();
        await schedule?.close();
        await upstream.close();
      };
      return {
        blobs,
        manifests: createProxiedManifests({ store, upstream, schedule, manifestLimit }),
        lists: createProxiedLists(upstream),
        isNamespace: (name) => name === upstream.url.host || ALIASES.get(upstream.url.host) === name,
      };
    },
    start: () => {
      start();
    },
    close: () => close(),
  };
}

/** What clients call a registry that is found at another name. */
const ALIASES: ReadonlyMap<string, string> = new Map([['registry-1.docker.io', 'docker.io']]);
