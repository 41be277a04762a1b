import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { EventListener, Forgettable, Logger } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { createRedisClient } from './redis-client.js';

/**
 * What replicas tell each other through Redis. Nothing is ever answered from there: what is deleted is taken out of
 * the cache that Distribution keeps in it, and the other replicas forget it at once. A Redis that is away costs nothing but that.
 */
export interface RedisLink {
  /** For the registry: what clients delete. */
  readonly listener: EventListener;
  /** Content that was collected. */
  readonly onDeleted: (digest: { readonly text: string }) => void;
  /** A link that was collected. */
  readonly onRemoved: (link: { readonly name: string; readonly digest: { readonly text: string } }) => void;
  /** Tells what the others have deleted. */
  subscribe(forget: (what: Forgettable) => void): void;
  readonly snapshot: () => RedisSnapshot;
  /** Whether all that is pending was told within a time. */
  settle(patienceMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface RedisSnapshot {
  readonly isUp: boolean;
  readonly failures: number;
  /** What is still to be taken out of the cache. */
  readonly pending: number;
}

const CHANNEL = 'outrigger::forget';
/** Beyond that the oldest are given up. */
const MAX_PENDING = 10_000;
/** What is pending has so long to be told at the end. */
const CLOSE_MS = 1_000;
const LOOK_EVERY_MS = 10;

/** Undefined where no Redis is configured. */
export async function connectRedis(
  { redis: config }: Pick<Config, 'redis'>,
  log: Logger,
): Promise<RedisLink | undefined> {
  if (config === undefined) return undefined;
  const client = await createRedisClient(config);
  const subscriber = await createRedisClient(config);
  const own = randomUUID();
  const pending = new Map<string, Forgettable>();
  let isUp = false;
  let isTold = false;
  let failures = 0;
  let flushing: Promise<void> | undefined;

  const fail = (error: unknown): void => {
    failures++;
    if (!isTold) log.warn({ err: nameless(error) }, 'Redis is away: the registry goes on without it');
    isTold = true;
  };
  const clear = async (what: Forgettable): Promise<void> => {
    await Promise.all(commandsOf(what).map(([name, ...args]) => client.call(name, ...args)));
    await client.publish(CHANNEL, JSON.stringify({ from: own, ...what }));
  };
  const flush = async (): Promise<void> => {
    for (const [key, what] of pending) {
      await clear(what);
      // The same may have been deleted again meanwhile.
      if (pending.get(key) === what) pending.delete(key);
    }
  };
  const flushQuietly = (): void => {
    flushing ??= flush()
      .catch(fail)
      .finally(() => {
        flushing = undefined;
        if (isUp && pending.size > 0 && client.status === 'ready') retry.refresh();
      });
  };
  const retry = setTimeout(flushQuietly, config.readTimeoutMs).unref();
  const forget = (what: Forgettable): void => {
    const key = JSON.stringify(what);
    pending.delete(key);
    pending.set(key, what);
    const [oldest] = pending.keys();
    if (pending.size > MAX_PENDING && oldest !== undefined) pending.delete(oldest);
    if (client.status === 'ready') flushQuietly();
  };

  const settle = async (patienceMs: number): Promise<boolean> => {
    const deadline = performance.now() + patienceMs;
    while (pending.size > 0 && performance.now() < deadline) await pause(LOOK_EVERY_MS);
    return pending.size === 0;
  };

  client.on('ready', () => {
    if (isTold) log.info({}, 'Redis is there again');
    isUp = true;
    isTold = false;
    flushQuietly();
  });
  client.on('close', () => {
    isUp = false;
  });
  client.on('error', fail);
  subscriber.on('error', () => undefined);

  return {
    listener: {
      actions: ['delete'],
      listen: ({ target: { repository: name, digest, tag } }) => forget({ name, digest, tag }),
    },
    onDeleted: ({ text: digest }) => forget({ digest }),
    onRemoved: ({ name, digest }) => forget({ name, digest: digest.text }),
    subscribe(receive) {
      subscriber.on('message', (_channel: string, message: string) => {
        const { from, ...what } = parse(message);
        if (from !== own) receive(what);
      });
      const listen = () => void subscriber.subscribe(CHANNEL).catch(fail);
      // A connection may have ended before it was made; later ones do it by themselves.
      subscriber.on('ready', listen);
      if (subscriber.status === 'ready') listen();
    },
    snapshot: () => ({ isUp, failures, pending: pending.size }),
    settle,
    async close() {
      await settle(CLOSE_MS);
      clearTimeout(retry);
      client.disconnect();
      subscriber.disconnect();
    },
  };
}

/** Distribution's keys (registry/storage/cache/redis), and what it does itself when it deletes. */
function commandsOf({ name, digest }: Forgettable): [string, ...string[]][] {
  if (digest === undefined) return [];
  const content: [string, ...string[]] = ['HDEL', `blobs::${digest}`, 'digest', 'size', 'mediatype'];
  if (name === undefined) return [content];
  return [
    ['SREM', `repository::${name}::blobs`, digest],
    ['DEL', `repository::${name}::blobs::${digest}`],
    content,
  ];
}

/** Whoever can write to Redis could send anything: it only makes a registry ask its store. */
function parse(message: string): Forgettable & { from?: string | undefined } {
  try {
    const value: unknown = JSON.parse(message);
    if (typeof value !== 'object' || value === null) return {};
    const text = (key: string) => {
      const found: unknown = Reflect.get(value, key);
      return typeof found === 'string' ? found : undefined;
    };
    return { from: text('from'), name: text('name'), digest: text('digest'), tag: text('tag') };
  } catch {
    return {};
  }
}

/** What the client hangs on its errors has the password in it. */
function nameless(error: unknown): Error {
  return new Error(error instanceof Error ? error.message || error.name : 'unknown reason');
}
