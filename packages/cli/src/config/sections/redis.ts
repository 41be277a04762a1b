import type { z } from 'zod';
import { optional, section } from '../containers.js';
import { anything, duration, flag, integer, natural, text, texts } from '../leaves.js';

export interface RedisConfig {
  /** As Distribution 3 decides it: a master's name asks for sentinels, several addresses for a cluster. */
  readonly mode: 'single' | 'sentinel' | 'cluster';
  /** `host:port`, at least one. */
  readonly addrs: readonly string[];
  readonly clientName: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  readonly masterName: string | undefined;
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
  readonly dialTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  /** Of one command; 0: none. */
  readonly maxRetries: number;
  readonly minRetryBackoffMs: number;
  readonly maxRetryBackoffMs: number;
  /** Of a cluster. */
  readonly maxRedirects: number;
  /** Undefined: plain. */
  readonly tls: RedisTlsConfig | undefined;
}

/** Paths of PEM files. */
export interface RedisTlsConfig {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** Empty: those of the system. */
  readonly rootCas: readonly string[];
}

export const redisSection = section({
  addrs: optional(texts),
  /** The form of version 2, for one server. */
  addr: optional(text),
  clientname: optional(text),
  username: optional(text),
  password: optional(text),
  db: optional(natural),
  mastername: optional(text),
  sentinelusername: optional(text),
  sentinelpassword: optional(text),
  dialtimeout: optional(duration),
  readtimeout: optional(duration),
  writetimeout: optional(duration),
  maxretries: optional(integer),
  minretrybackoff: optional(duration),
  maxretrybackoff: optional(duration),
  maxredirects: optional(natural),
  tls: section({ certificate: optional(text), key: optional(text), rootcas: optional(texts) }),
  pool: optional(anything),
  protocol: optional(natural),
  contexttimeoutenabled: optional(flag),
  poolfifo: optional(flag),
  poolsize: optional(natural),
  pooltimeout: optional(duration),
  minidleconns: optional(natural),
  maxidleconns: optional(natural),
  maxactiveconns: optional(natural),
  connmaxidletime: optional(duration),
  connmaxlifetime: optional(duration),
  readonly: optional(flag),
  routebylatency: optional(flag),
  routerandomly: optional(flag),
  disableidentity: optional(flag),
  identitysuffix: optional(text),
  unstableresp3: optional(flag),
});

export type RedisData = z.output<typeof redisSection>;

/** Undefined: no Redis. What is left out is as in Distribution's client. */
export function toRedis(redis: RedisData): RedisConfig | undefined {
  const addrs = redis.addrs ?? (redis.addr === undefined ? [] : [redis.addr]);
  if (addrs.length === 0) return undefined;
  const readTimeoutMs = redis.readtimeout ?? 3000;
  return {
    mode: redis.mastername !== undefined ? 'sentinel' : addrs.length > 1 ? 'cluster' : 'single',
    addrs,
    clientName: redis.clientname,
    username: redis.username,
    password: redis.password,
    db: redis.db ?? 0,
    masterName: redis.mastername,
    sentinelUsername: redis.sentinelusername,
    sentinelPassword: redis.sentinelpassword,
    dialTimeoutMs: redis.dialtimeout ?? 5000,
    readTimeoutMs,
    writeTimeoutMs: redis.writetimeout ?? readTimeoutMs,
    maxRetries: Math.max(0, redis.maxretries ?? 3),
    minRetryBackoffMs: redis.minretrybackoff ?? 8,
    maxRetryBackoffMs: redis.maxretrybackoff ?? 512,
    maxRedirects: redis.maxredirects ?? 3,
    tls: toRedisTls(redis.tls),
  };
}

function toRedisTls({ certificate, key, rootcas = [] }: RedisData['tls']): RedisTlsConfig | undefined {
  if (certificate === undefined && key === undefined && rootcas.length === 0) return undefined;
  return { certificate, key, rootCas: rootcas };
}
