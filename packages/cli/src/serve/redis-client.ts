import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import type { RedisConfig, RedisTlsConfig } from '../config/sections/redis.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

/** After so long at the most a server that was away is asked again. */
const LONGEST_PAUSE_MS = 5_000;

/**
 * A client of the server, the sentinels or the cluster that the configuration names. It connects by itself, again and again,
 * and fails at once what is asked of it meanwhile. Loads ioredis, so call it only where Redis is configured.
 *
 * @throws CommandError for a file that cannot be read
 */
export async function createRedisClient(config: RedisConfig): Promise<Redis | Cluster> {
  const ioredis = await import('ioredis');
  const options = await clientOptions(config);
  const nodes = config.addrs.map(parseAddress);
  const [node] = nodes;
  if (config.mode === 'cluster') {
    const cluster: ClusterOptions = {
      redisOptions: options,
      enableOfflineQueue: false,
      maxRedirections: config.maxRedirects,
      clusterRetryStrategy: retryStrategy(config),
      // Certificates are for names.
      ...(options.tls === undefined ? {} : { dnsLookup: (host, callback) => callback(null, host) }),
    };
    return new ioredis.Cluster(nodes, cluster);
  }
  if (config.mode === 'sentinel' && config.masterName !== undefined) {
    return new ioredis.Redis({
      ...options,
      sentinels: nodes,
      name: config.masterName,
      ...(config.sentinelUsername === undefined ? {} : { sentinelUsername: config.sentinelUsername }),
      ...(config.sentinelPassword === undefined ? {} : { sentinelPassword: config.sentinelPassword }),
      ...(options.tls === undefined ? {} : { sentinelTLS: options.tls, enableTLSForSentinelMode: true }),
      sentinelRetryStrategy: retryStrategy(config),
    });
  }
  return new ioredis.Redis({ ...options, ...node });
}

async function clientOptions(config: RedisConfig): Promise<RedisOptions> {
  const { clientName, username, password, tls } = config;
  return {
    ...(clientName === undefined ? {} : { connectionName: clientName }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(config.mode === 'cluster' ? {} : { db: config.db }),
    ...(tls === undefined ? {} : { tls: await tlsOptions(tls) }),
    connectTimeout: config.dialTimeoutMs,
    commandTimeout: Math.max(config.readTimeoutMs, config.writeTimeoutMs),
    maxRetriesPerRequest: config.maxRetries,
    enableOfflineQueue: false,
    retryStrategy: retryStrategy(config),
  };
}

function retryStrategy({ minRetryBackoffMs }: RedisConfig): (times: number) => number {
  return (times) => Math.min(Math.max(1, minRetryBackoffMs) * 2 ** Math.min(times, 20), LONGEST_PAUSE_MS);
}

async function tlsOptions({ certificate, key, rootCas }: RedisTlsConfig): Promise<ConnectionOptions> {
  return {
    ...(certificate === undefined ? {} : { cert: await read('certificate', certificate) }),
    ...(key === undefined ? {} : { key: await read('key', key) }),
    ...(rootCas.length === 0 ? {} : { ca: await Promise.all(rootCas.map((file) => read('rootcas', file))) }),
  };
}

async function read(key: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CommandError(`redis.tls.${key}: ${file} cannot be read: ${code}`, EXIT.config, error);
  }
}

/** `host:port`, `[address]:port`, or either part alone. */
function parseAddress(address: string): { host: string; port: number } {
  const [, v6, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(address) ?? [];
  return { host: (v6 ?? plain ?? address) || '127.0.0.1', port: Number(port ?? 6379) };
}
