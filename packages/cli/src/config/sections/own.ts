import { z } from 'zod';
import { list, map, openSection, optional, required, section } from '../containers.js';
import { choice, duration, flag, natural, text, texts } from '../leaves.js';
import { isNetwork } from '../network.js';

/** Our own keys, below `outrigger`: Distribution passes over them. */

export type DataPlaneName = 'file' | 'socket' | 'inline';

/** What the configuration says of one driver, besides its parameters. */
export interface DriverSettings {
  /** Loaded into this process: from the package that this names, or from the one that ships it. */
  readonly inProcess?: boolean | string | undefined;
  /** Digest of its executable, see the pins of the host. */
  readonly sha256?: string | undefined;
  /** Planes for content, the preferred one first. */
  readonly dataPlanes?: readonly DataPlaneName[] | undefined;
}

const ACTIONS = ['read', 'create', 'update', 'delete'] as const;

export type AccessAction = (typeof ACTIONS)[number];

export interface AccessConfig {
  /** Undefined: whoever is let in may do everything. Else the rules allow, and what none of them allows is forbidden. */
  readonly rules: readonly AccessRule[] | undefined;
  /** Who may list all repositories, as in {@link AccessRule}. Undefined: whoever is let in. */
  readonly catalog: readonly string[] | undefined;
}

export interface AccessRule {
  /** `*` is anything without a slash, `**` anything. */
  readonly repositories: readonly string[];
  /** Names; `*` is every user that is known, `anonymous` is who did not say. */
  readonly users: readonly string[];
  readonly actions: readonly AccessAction[];
}

/** Garbage collection while the registry runs. */
export interface GcConfig {
  readonly enabled: boolean;
  readonly intervalMs: number;
  /** How long content stays at least after it was last acknowledged to a client. */
  readonly graceMs: number;
  /** How often every replica reads the list of what is condemned. */
  readonly refreshMs: number;
  readonly deleteUntagged: boolean;
  readonly dryRun: boolean;
}

export interface CacheConfig {
  /** How long it is believed what a repository has. */
  readonly linkTtlMs: number;
  /** Small content that is kept in memory. */
  readonly contentBytes: number;
}

export interface LimitsConfig {
  /** Bytes. */
  readonly manifestSize: number;
  /** Bytes; undefined: none. */
  readonly blobSize: number | undefined;
  /** Uploads that one user may have under way. */
  readonly uploadsPerUser: number;
  /** How long a client may take nothing, or send less than 1 KiB/s. */
  readonly patienceMs: number;
  /** Undefined: as many as the system gives. */
  readonly connections: number | undefined;
}

export interface AuditLogConfig {
  readonly enabled: boolean;
  /** Undefined: among the other log lines. */
  readonly file: string | undefined;
}

export const outriggerSection = section({
  profile: optional(choice(['strict', 'compatible'])),
  insecure: optional(flag),
  drivers: openSection(
    { directories: optional(texts.refine(allAbsolute, 'must be absolute paths')) },
    driverSettings(),
  ),
  secrets: optional(map(text)),
  access: section({
    rules: list(
      section({ repositories: required(texts), users: required(texts), actions: required(actions()) }),
    ).optional(),
    catalog: optional(texts),
  }),
  tls: section({ clientIdentity: optional(choice(['cn', 'san', 'none'])) }),
  gc: section({
    enabled: optional(flag),
    interval: optional(duration),
    grace: optional(duration),
    refresh: optional(duration),
    deleteUntagged: optional(flag),
    dryRun: optional(flag),
  }),
  workers: optional(
    z.union([natural, choice(['auto'])], { error: 'must be a number from 1 to 64, or auto' }),
  ),
  cache: section({ linkTtl: optional(duration), contentBytes: optional(natural) }),
  limits: section({
    manifestSize: optional(natural),
    blobSize: optional(natural),
    uploadsPerUser: optional(natural),
    patience: optional(duration),
    connections: optional(natural),
  }),
  trustedProxies: optional(texts.refine((each) => each.every(isNetwork), 'must be addresses or networks')),
  redirectHosts: optional(texts),
  auditLog: section({ enabled: optional(flag), file: optional(text) }),
});

export type OutriggerData = z.output<typeof outriggerSection>;

export interface OwnConfig {
  readonly profile: 'strict' | 'compatible';
  /** The operator said that an open registry is what is wanted. */
  readonly insecure: boolean;
  readonly driverDirectories: readonly string[];
  readonly drivers: Readonly<Record<string, DriverSettings>>;
  readonly access: AccessConfig;
  /** The part of a client's certificate that names the user; undefined: none. */
  readonly clientIdentity: 'cn' | 'san' | undefined;
  readonly gc: GcConfig;
  readonly workers: number | 'auto';
  readonly cache: CacheConfig;
  readonly limits: LimitsConfig;
  /** Addresses and networks whose X-Forwarded-* headers are believed. Undefined: all, as Distribution does. */
  readonly trustedProxies: readonly string[] | undefined;
  /** Hosts that clients may be sent to for blobs. Undefined: all. */
  readonly redirectHosts: readonly string[] | undefined;
  readonly auditLog: AuditLogConfig;
}

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

export function toOwn(own: OutriggerData): OwnConfig {
  const { directories = [], ...drivers } = own.drivers;
  const { gc, cache, limits, auditLog } = own;
  const isStrict = own.profile === 'strict';
  const none = isStrict ? [] : undefined;
  return {
    profile: own.profile ?? 'compatible',
    insecure: own.insecure ?? false,
    driverDirectories: directories,
    drivers,
    access: { rules: own.access.rules, catalog: own.access.catalog },
    clientIdentity: own.tls.clientIdentity === 'none' ? undefined : own.tls.clientIdentity,
    gc: {
      enabled: gc.enabled ?? false,
      intervalMs: gc.interval ?? 24 * HOUR_MS,
      graceMs: gc.grace ?? 24 * HOUR_MS,
      refreshMs: gc.refresh ?? 5000,
      deleteUntagged: gc.deleteUntagged ?? false,
      dryRun: gc.dryRun ?? false,
    },
    workers: own.workers ?? 1,
    cache: { linkTtlMs: cache.linkTtl ?? 1000, contentBytes: cache.contentBytes ?? 32 * MIB },
    limits: {
      manifestSize: limits.manifestSize ?? 4 * MIB,
      blobSize: limits.blobSize,
      uploadsPerUser: limits.uploadsPerUser ?? 64,
      patienceMs: limits.patience ?? 30_000,
      connections: limits.connections,
    },
    trustedProxies: own.trustedProxies ?? none,
    redirectHosts: own.redirectHosts ?? none,
    auditLog: { enabled: auditLog.enabled ?? auditLog.file !== undefined, file: auditLog.file },
  };
}

function driverSettings() {
  return section({
    inProcess: optional(z.union([flag, text], { error: 'must be true, false or the name of a package' })),
    sha256: optional(
      text.refine((pin) => /^(bundle:)?(sha256:)?[0-9a-f]{64}$/i.test(pin), 'must be 64 hex digits'),
    ),
    dataPlanes: optional(
      z.pipe(
        texts,
        z.array(z.enum(['file', 'socket', 'inline'], { error: 'must be file, socket or inline' })).min(1),
      ),
    ),
  });
}

function actions() {
  return z.pipe(texts, z.array(z.enum(ACTIONS, { error: `must be ${ACTIONS.join(', ')}` })));
}

function allAbsolute(paths: readonly string[]): boolean {
  return paths.every((path) => path.startsWith('/'));
}
