import { MAX_PUT_SIZE } from '@outrigger/driver';
import { z } from 'zod';
import { list, map, openSection, optional, preset, required, section, told } from '../containers.js';
import { choice, choices, duration, flag, natural, text, texts } from '../leaves.js';
import { isNetwork } from '../network.js';
import type { GcConfig } from './gc.js';
import { gcSection, toGc } from './gc.js';
import type { LayoutName } from './layout.js';
import { layoutKey } from './layout.js';
import type { RetentionConfig } from './retention.js';
import { retentionSection, toRetention } from './retention.js';
import { storesSection } from './store.js';

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
  /** In ms: how long a process that was replaced serves what it has begun. */
  readonly drainTimeout?: number | undefined;
}

const MIB = 1024 * 1024;

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

export interface CacheConfig {
  /** How long it is believed what the store has, while no other registry uses it. */
  readonly linkTtlMs: number;
  /** Bytes of small content that are kept in memory. */
  readonly contentBytes: number;
}

export interface LimitsConfig {
  /** Bytes. */
  readonly manifestSize: number;
  /** Bytes; undefined: none. */
  readonly blobSize: number | undefined;
  /** Uploads that one user may have under way; undefined: any number. */
  readonly uploadsPerUser: number | undefined;
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
  profile: told(
    preset(choice(['strict', 'compatible']), 'compatible'),
    'compatible: what is not said is as in Distribution, and unknown keys are warnings. strict: unknown keys are errors, and defaults are the safe ones.',
  ),
  insecure: told(
    preset(flag, false),
    'Lets the strict profile listen where others can reach it without TLS and authentication.',
  ),
  drivers: told(
    openSection(
      {
        directories: told(
          optional(texts.refine(allAbsolute, 'must be absolute paths')),
          'Where registry-storage-<name> is looked for first.',
        ),
      },
      driverSettings(),
    ),
    'Settings of storage drivers by their names, besides their parameters.',
  ),
  secrets: told(
    optional(map(text)),
    'Files that hold the values of other keys: {http.secret: /run/secrets/http}. A path that is not absolute is below $CREDENTIALS_DIRECTORY.',
  ),
  access: section({
    rules: told(
      list(
        section({ repositories: required(texts), users: required(texts), actions: required(actions()) }),
      ).optional(),
      'What no rule allows is forbidden. Without rules whoever is let in may do everything. In repositories, * is anything without a slash and ** anything; in users, * is every user and anonymous who did not say a name.',
    ),
    catalog: told(
      optional(texts),
      'Users who may list all repositories, as in rules. Default: whoever is let in; strict: every user.',
    ),
  }),
  tls: section({
    clientIdentity: told(
      preset(choice(['cn', 'san', 'none']), 'none'),
      "The part of a client's certificate that is the user's name.",
    ),
  }),
  gc: gcSection,
  retention: retentionSection,
  stores: storesSection,
  layout: layoutKey(),
  workers: told(preset(workers(), 1), 'Processes that serve; auto: one for each core.'),
  cache: section({
    linkTtl: told(
      preset(duration, '30s'),
      'While no other registry uses the store: how long it is believed what is there, for those who change files by hand. 0: the store is asked every time. Beside others it always is.',
    ),
    contentBytes: told(
      preset(natural, 32 * MIB),
      'Bytes of small content (manifests, blobs of up to 64 KiB) that a process keeps in memory. What has more than an eighth of it is not kept; 0 keeps nothing.',
    ),
  }),
  limits: section({
    manifestSize: told(
      preset(natural.refine(isManifestSize, `must be 1 to ${String(MAX_PUT_SIZE)}`), 4 * MIB),
      'Bytes of a manifest.',
    ),
    blobSize: told(
      optional(natural.refine((bytes) => bytes >= 1, 'must be 1 or more')),
      'Bytes of a blob, also of one that a pull-through cache would fetch. Default: no limit.',
    ),
    uploadsPerUser: told(
      optional(natural),
      'Uploads that one user, or one address without a user, may have under way in a process. 0: any number. Default: any number; strict: 64.',
    ),
    patience: told(
      preset(duration, '30s'),
      'A client that takes nothing, or sends less than 1 KiB/s, for so long is cut off.',
    ),
    connections: told(optional(natural), 'Connections at a time. Default: no limit.'),
  }),
  trustedProxies: told(
    optional(texts.refine((each) => each.every(isNetwork), 'must be addresses or networks')),
    'Addresses and networks whose X-Forwarded-* headers are believed. Default: all; strict: none.',
  ),
  redirectHosts: told(
    optional(texts),
    'Hosts of storage that clients may be redirected to. Default: all; strict: none.',
  ),
  auditLog: section({
    enabled: told(
      optional(flag),
      'Logs pushes, deletions and refused requests. Default: when there is a file.',
    ),
    file: told(optional(text), 'Default: among the other lines of the log.'),
  }),
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
  readonly layout: LayoutName;
  readonly retention: RetentionConfig;
  readonly workers: number | 'auto';
  readonly cache: CacheConfig;
  readonly limits: LimitsConfig;
  /** Addresses and networks whose X-Forwarded-* headers are believed. Undefined: all, as Distribution does. */
  readonly trustedProxies: readonly string[] | undefined;
  /** Hosts that clients may be sent to for blobs. Undefined: all. */
  readonly redirectHosts: readonly string[] | undefined;
  readonly auditLog: AuditLogConfig;
}

export function toOwn(own: OutriggerData): OwnConfig {
  const { directories = [], ...drivers } = own.drivers;
  const { cache, limits, auditLog } = own;
  const isStrict = own.profile === 'strict';
  const none = isStrict ? [] : undefined;
  return {
    profile: own.profile,
    insecure: own.insecure,
    driverDirectories: directories,
    drivers,
    access: { rules: own.access.rules, catalog: own.access.catalog },
    clientIdentity: own.tls.clientIdentity === 'none' ? undefined : own.tls.clientIdentity,
    gc: toGc(own.gc),
    layout: own.layout,
    retention: toRetention(own.retention),
    workers: own.workers,
    cache: { linkTtlMs: cache.linkTtl, contentBytes: cache.contentBytes },
    limits: {
      manifestSize: limits.manifestSize,
      blobSize: limits.blobSize,
      uploadsPerUser: toCount(limits.uploadsPerUser ?? (isStrict ? 64 : 0)),
      patienceMs: limits.patience,
      connections: limits.connections,
    },
    trustedProxies: own.trustedProxies ?? none,
    redirectHosts: own.redirectHosts ?? none,
    auditLog: { enabled: auditLog.enabled ?? auditLog.file !== undefined, file: auditLog.file },
  };
}

/** 0 is no limit. */
function toCount(count: number): number | undefined {
  return count === 0 ? undefined : count;
}

function driverSettings() {
  return section({
    inProcess: told(optional(inProcess()), 'Runs in the registry itself: true, or the package that has it.'),
    sha256: told(
      optional(
        text.refine((pin) => /^(bundle:)?(sha256:)?[0-9a-f]{64}$/i.test(pin), 'must be 64 hex digits'),
      ),
      'Only an executable of this digest is run; bundle:<digest> pins the package around it.',
    ),
    dataPlanes: told(
      optional(choices(['file', 'socket', 'inline'], 'must be file, socket or inline')),
      'Ways for content, the preferred one first.',
    ),
    drainTimeout: told(
      optional(duration),
      'A process that a reload has replaced serves the transfers that it has begun for so long; then they go on with the new one. Default: 10m.',
    ),
  });
}

function actions() {
  return choices(ACTIONS, `must be ${ACTIONS.join(', ')}`);
}

function workers() {
  return z
    .union([natural.refine((count) => count >= 1 && count <= 64), choice(['auto'])], {
      error: 'must be a number from 1 to 64, or auto',
    })
    .meta({ form: { anyOf: [{ type: 'integer', minimum: 1, maximum: 64 }, { enum: ['auto'] }] } });
}

function isManifestSize(size: number): boolean {
  return size >= 1 && size <= MAX_PUT_SIZE;
}

/** true, or the package that has the driver. */
function inProcess() {
  return z
    .union([flag, text], { error: 'must be true, false or the name of a package' })
    .meta({ form: { type: ['boolean', 'string'] } });
}

function allAbsolute(paths: readonly string[]): boolean {
  return paths.every((path) => path.startsWith('/'));
}
