import type { z } from 'zod';
import { map, optional, preset, section } from '../containers.js';
import { choice, duration, flag, secret, text, texts } from '../leaves.js';
import { isOrigin } from '../origin.js';
import type { ListenAddress } from '../listen-address.js';
import type { TlsConfig } from './tls.js';
import { tlsSection, toTls } from './tls.js';

export interface HttpConfig {
  readonly address: ListenAddress;
  /** What clients are told instead of the host that they asked, e.g. `https://registry.example.com`. */
  readonly host: string | undefined;
  readonly prefix: string | undefined;
  /** Undefined: make one up. */
  readonly secret: string | undefined;
  readonly relativeUrls: boolean;
  readonly drainTimeoutMs: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Undefined: plain HTTP. */
  readonly tls: TlsConfig | undefined;
  /** Undefined: no such server. */
  readonly debug: DebugConfig | undefined;
  /** Over TLS. */
  readonly http2: boolean;
  /** HTTP/2 without TLS. */
  readonly h2c: boolean;
}

export interface DebugConfig {
  readonly address: ListenAddress;
  readonly prometheus: { readonly enabled: boolean; readonly path: string };
}

/** What the addresses in the section come to. */
export interface HttpAddresses {
  readonly address: ListenAddress;
  readonly debug: ListenAddress | undefined;
}

export const httpSection = section({
  // Has no default with `net: unix`.
  addr: optional(text).meta({ preset: ':5000' }),
  net: preset(choice(['tcp', 'unix']), 'tcp'),
  host: optional(text.refine(isOrigin, 'must be a URL such as https://registry.example.com')),
  prefix: optional(text.refine((prefix) => prefix.startsWith('/'), 'must start with /')),
  secret: optional(secret),
  relativeurls: preset(flag, false),
  draintimeout: preset(duration, '30s'),
  headers: optional(map(texts)),
  tls: tlsSection,
  debug: section({
    addr: optional(text),
    prometheus: section({
      enabled: preset(flag, false),
      path: preset(
        text.refine((path) => path.startsWith('/'), 'must start with /'),
        '/metrics',
      ),
    }),
  }).meta({ optIn: true }),
  http2: section({ disabled: preset(flag, false) }),
  h2c: section({ enabled: preset(flag, false) }),
});

export function toHttp(http: z.output<typeof httpSection>, { address, debug }: HttpAddresses): HttpConfig {
  const { prometheus } = http.debug;
  return {
    address,
    host: http.host,
    prefix: http.prefix,
    secret: http.secret,
    relativeUrls: http.relativeurls,
    drainTimeoutMs: http.draintimeout,
    headers: http.headers ?? {},
    tls: toTls(http.tls),
    debug:
      debug === undefined
        ? undefined
        : {
            address: debug,
            prometheus,
          },
    http2: !http.http2.disabled,
    h2c: http.h2c.enabled,
  };
}
