import type { z } from 'zod';
import { optional, preset, required, section } from '../containers.js';
import { duration, secret, text } from '../leaves.js';
import { isOrigin } from '../origin.js';

export interface ProxyConfig {
  readonly remoteUrl: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Takes the place of name and password. */
  readonly exec:
    | {
        readonly command: string;
        /** Undefined: the command runs once. 0: for every request. */
        readonly lifetimeMs: number | undefined;
      }
    | undefined;
  /** Undefined: what was fetched stays for ever. */
  readonly ttlMs: number | undefined;
  readonly cacheWriteTimeoutMs: number;
}

export const proxySection = section({
  remoteurl: optional(text.refine(isOrigin, 'must be a URL such as https://registry-1.docker.io')),
  username: optional(text),
  password: optional(secret),
  exec: section({ command: required(text), lifetime: optional(duration) })
    .meta({ optIn: true })
    .optional(),
  ttl: preset(duration, '168h'),
  cachewritetimeout: preset(duration, '5m'),
}).meta({ optIn: true });

export type ProxyData = z.output<typeof proxySection>;

const WRITE_TIMEOUT_MS = 5 * 60_000;

/** Undefined: not a proxy. */
export function toProxy(proxy: ProxyData): ProxyConfig | undefined {
  const { remoteurl, exec, ttl, cachewritetimeout } = proxy;
  if (remoteurl === undefined) return undefined;
  return {
    remoteUrl: remoteurl,
    username: proxy.username,
    password: proxy.password,
    exec: exec === undefined ? undefined : { command: exec.command, lifetimeMs: exec.lifetime },
    ttlMs: ttl === 0 ? undefined : ttl,
    cacheWriteTimeoutMs: cachewritetimeout === 0 ? WRITE_TIMEOUT_MS : cachewritetimeout,
  };
}
