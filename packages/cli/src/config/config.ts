import type { Parameters } from '@outrigger/driver';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export type DataPlaneName = 'file' | 'socket' | 'inline';

/** What the rest of the program knows of a configuration. */
export interface Config {
  readonly profile: 'strict' | 'compatible';
  readonly log: {
    readonly level: LogLevel;
    readonly formatter: 'text' | 'json' | 'logstash';
    /** Added to every line. */
    readonly fields: Readonly<Record<string, unknown>>;
    readonly accessLog: boolean;
  };
  readonly storage: {
    readonly driver: string;
    readonly parameters: Parameters;
    readonly deleteEnabled: boolean;
    readonly redirect: boolean;
    readonly readOnly: boolean;
  };
  readonly http: {
    readonly address: ListenAddress;
    /** What clients are told instead of the host that they asked, e.g. `https://registry.example.com`. */
    readonly host: string | undefined;
    readonly prefix: string | undefined;
    /** Undefined: make one up. */
    readonly secret: string | undefined;
    readonly relativeUrls: boolean;
    readonly drainTimeoutMs: number;
    readonly headers: Readonly<Record<string, readonly string[]>>;
  };
  readonly catalogMaxEntries: number;
  readonly tagsMax: number;
  readonly driverDirectories: readonly string[];
  readonly drivers: Readonly<Record<string, DriverSettings>>;
}

/** What the configuration says of one driver, besides its parameters. */
export interface DriverSettings {
  /** Loaded into this process: from the package that this names, or from the one that ships it. */
  readonly inProcess?: boolean | string | undefined;
  /** Digest of its executable, see the pins of the host. */
  readonly sha256?: string | undefined;
  /** Planes for content, the preferred one first. */
  readonly dataPlanes?: readonly DataPlaneName[] | undefined;
}

/** A TCP address, or a Unix socket. Without a host: every interface. */
export type ListenAddress =
  { readonly host: string | undefined; readonly port: number } | { readonly path: string };
