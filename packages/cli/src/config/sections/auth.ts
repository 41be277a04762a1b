import type { z } from 'zod';
import { optional, preset, required, section } from '../containers.js';
import { anything, choices, flag, text } from '../leaves.js';

/** How users prove who they are. */
export type AuthConfig = HtpasswdConfig | TokenConfig | SillyConfig;

export interface HtpasswdConfig {
  readonly type: 'htpasswd';
  readonly realm: string;
  /** Path of the file; Distribution makes one with a user of its own when it is missing. */
  readonly path: string;
}

export interface TokenConfig {
  readonly type: 'token';
  /** URL of the server that issues tokens. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** Path of PEM certificates. */
  readonly rootCertBundle: string | undefined;
  /** Path of a JSON Web Key Set. */
  readonly jwks: string | undefined;
  /** Empty: all of them. */
  readonly signingAlgorithms: readonly SigningAlgorithm[];
  /** The realm is this registry's own host, with `autoRedirectPath`. */
  readonly autoRedirect: boolean;
  readonly autoRedirectPath: string;
}

/** For tests: whoever sends an Authorization header is in. */
export interface SillyConfig {
  readonly type: 'silly';
  readonly realm: string;
  readonly service: string;
}

const SIGNING_ALGORITHMS = [
  'EdDSA',
  ...(['HS256', 'HS384', 'HS512'] as const),
  ...(['RS256', 'RS384', 'RS512'] as const),
  ...(['ES256', 'ES384', 'ES512'] as const),
  ...(['PS256', 'PS384', 'PS512'] as const),
] as const;

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export const authSection = section({
  htpasswd: section({ realm: required(text), path: required(text) })
    .meta({ optIn: true })
    .optional(),
  token: section({
    realm: required(text),
    service: required(text),
    issuer: required(text),
    rootcertbundle: optional(text),
    jwks: optional(text),
    signingalgorithms: optional(choices(SIGNING_ALGORITHMS, 'is no signing algorithm that is known')),
    autoredirect: preset(flag, false),
    autoredirectpath: preset(text, '/auth/token'),
  })
    .meta({ optIn: true })
    .optional(),
  silly: section({ realm: required(text), service: required(text) })
    .meta({ optIn: true })
    .optional(),
  none: optional(anything),
})
  .refine((auth) => Object.values(auth).filter((kind) => kind !== undefined).length <= 1, {
    message: 'must provide exactly one type (REGISTRY_AUTH=<type> replaces what the file says)',
  })
  .meta({ short: true });

export type AuthData = z.output<typeof authSection>;

/** Undefined: everybody may come. */
export function toAuth({ htpasswd, token, silly }: AuthData): AuthConfig | undefined {
  if (htpasswd !== undefined) return { type: 'htpasswd', ...htpasswd };
  if (silly !== undefined) return { type: 'silly', ...silly };
  if (token === undefined) return undefined;
  return {
    type: 'token',
    realm: token.realm,
    service: token.service,
    issuer: token.issuer,
    rootCertBundle: token.rootcertbundle,
    jwks: token.jwks,
    signingAlgorithms: token.signingalgorithms ?? [],
    autoRedirect: token.autoredirect,
    autoRedirectPath: token.autoredirectpath,
  };
}
