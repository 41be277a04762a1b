import type { z } from 'zod';
import { optional, preset, section } from '../containers.js';
import { anything, duration, flag, integer, natural, secret, text, texts } from '../leaves.js';

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
  password: optional(secret),
  db: preset(natural, 0),
  mastername: optional(text),
  sentinelusername: optional(text),
  sentinelpassword: optional(secret),
  dialtimeout: preset(duration, '5s'),
  readtimeout: preset(duration, '3s'),
  writetimeout: optional(duration),
  maxretries: preset(integer, 3),
  minretrybackoff: preset(duration, '8ms'),
  maxretrybackoff: preset(duration, '512ms'),
  maxredirects: preset(natural, 3),
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
}).meta({ optIn: true });

export type RedisData = z.output<typeof redisSection>;

/** Undefined: no Redis. What is left out is as in Distribution's client. */
export function toRedis(redis: RedisData): RedisConfig | undefined {
  const addrs = redis.addrs ?? (redis.addr === undefined ? [] : [redis.addr]);
  if (addrs.length === 0) return undefined;
  return {
    mode: redis.mastername !== undefined ? 'sentinel' : addrs.length > 1 ? 'cluster' : 'single',
    addrs,
    clientName: redis.clientname,
    username: redis.username,
    password: redis.password,
    db: redis.db,
    masterName: redis.mastername,
    sentinelUsername: redis.sentinelusername,
    sentinelPassword: redis.sentinelpassword,
    dialTimeoutMs: redis.dialtimeout,
    readTimeoutMs: redis.readtimeout,
    writeTimeoutMs: redis.writetimeout ?? redis.readtimeout,
    maxRetries: Math.max(0, redis.maxretries),
    minRetryBackoffMs: redis.minretrybackoff,
    maxRetryBackoffMs: redis.maxretrybackoff,
    maxRedirects: redis.maxredirects,
    tls: toRedisTls(redis.tls),
  };
}

function toRedisTls({ certificate, key, rootcas = [] }: RedisData['tls']): RedisTlsConfig | undefined {
  if (certificate === undefined && key === undefined && rootcas.length === 0) return undefined;
  return { certificate, key, rootCas: rootcas };
}
