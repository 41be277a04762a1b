import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StorageDriver } from '@outrigger/driver';
import { MAX_PUT_SIZE } from '@outrigger/driver';
import type Koa from 'koa';
import type { AccessController } from './access/access-controller.js';
import type { DeniedObserver } from './access/denied-event.js';
import type { CacheCounts } from './content/content-cache.js';
import { createEventHub } from './events/event-hub.js';
import type { EventListener } from './events/registry-event.js';
import type { GarbageSource } from './gc/garbage-source.js';
import type { Gate } from './gc/gate.js';
import type { RequestObserver } from './http/app.js';
import { createApp } from './http/app.js';
import type { Service } from './http/service.js';
import type { PrefixedService } from './http/services.js';
import { createServices } from './http/services.js';
import { createRunning } from './http/running.js';
import type { Settings } from './http/settings.js';
import type { LayoutKind } from './layout/layout.js';
import type { Logger } from './logger.js';
import type { PullThrough } from './proxy/proxy.js';
import type { Forgettable } from './replicas/forget.js';
import { forget } from './replicas/forget.js';
import { endHashing } from './content/hash-thread.js';
import type { Family } from './replicas/family.js';
import type { Presence } from './replicas/presence.js';
import { UNCERTAIN } from './replicas/presence.js';
import type { PullRecorder } from './retention/pull-recorder.js';
import { deleteEvent } from './retention/delete-event.js';
import type { Retainer, RetainerOptions, RetainerParts } from './retention/retainer.js';
import { startRetainer } from './retention/retainer.js';
import type { MemoryOptions } from './store.js';
import type { Store } from './store.js';
import { createStore } from './store.js';
import { createUploads } from './uploads/uploads.js';

/** A store. What is left out is as safe as it can be. */
export interface RegistryStore {
  readonly driver: StorageDriver;
  /** Whether others use the store; without it everything is asked of the store every time. The caller's to close. */
  readonly presence?: Presence | undefined;
  /** The processes that serve the store together with this one; that of `presence`. Undefined: there are none. */
  readonly family?: Family | undefined;
  /** Where garbage is collected while the registry runs: the same in all registries of a store. The caller's to close. */
  readonly gate?: Gate | undefined;
  /** Told of every pull of a manifest. The caller's to close. */
  readonly pulls?: Pick<PullRecorder, 'note'> | undefined;
  /** How much is kept in memory, and for how long. */
  readonly memory?: MemoryOptions | undefined;
  /** How repositories lie in the store. Default: as Distribution has them. */
  readonly layout?: LayoutKind | undefined;
}

/** A store of its own for one repository and all below it; what is left out of its settings is as in the registry. */
export interface PrefixedStore
  extends
    RegistryStore,
    Partial<Pick<Settings, 'deleteEnabled' | 'readOnly' | 'redirect' | 'redirectHosts'>> {
  /** The name of the repository; those below it follow after a slash. */
  readonly prefix: string;
}

/** How a registry is to be. What is left out is as safe as it can be. */
export interface RegistryOptions extends RegistryStore, Partial<Omit<Settings, 'secret' | 'deleteEnabled'>> {
  /** Signs the tokens of uploads; the same in all replicas of one store. */
  readonly secret: Uint8Array;
  readonly deleteEnabled: boolean;
  readonly log: Logger;
  /** Uploads that one user, or one address of those who are nobody, may have under way here. Undefined: any number. */
  readonly uploadsPerUser?: number | undefined;
  /** Stores beside the one for all other repositories. */
  readonly stores?: readonly PrefixedStore[] | undefined;
  /** Makes it a cache of another registry, but for what has a store of its own. The caller's to start and close. */
  readonly pullThrough?: PullThrough | undefined;
  /** Told of every request when its answer has ended. */
  readonly observe?: RequestObserver | undefined;
  /** Told of what clients push, pull, mount and delete, when it is done. */
  readonly listeners?: readonly EventListener[] | undefined;
  /** Who may do what. Without it everybody may do everything. */
  readonly access?: AccessController | undefined;
  /** Told of every request that was refused for want of a right. */
  readonly onDenied?: DeniedObserver | undefined;
}

export interface Registry {
  readonly app: Koa;
  /** For an HTTP server made with {@link SERVER_OPTIONS}. */
  readonly handle: (req: IncomingMessage, res: ServerResponse) => void;
  /** Of the cache of small content, since the start. */
  readonly cacheCounts: () => CacheCounts;
  /** What may be deleted of each store, for its sweeper in this process: of the main one first, then of the others in their order. */
  readonly garbage: readonly [GarbageSource, ...GarbageSource[]];
  /** Another process has deleted something. */
  readonly forget: (what: Forgettable) => void;
  /**
   * Applies policies to what is stored, from now on. The caller's to close, before the registry.
   *
   * @param prefix - that of the store; undefined: the main one
   */
  readonly startRetainer: (options: Omit<RetainerOptions, 'isChosen'>, prefix?: string) => Retainer;
  /** Resolves when no request is being handled: the driver may be closed then. Call it after the server's end. */
  readonly close: () => Promise<void>;
}

/**
 * Makes a registry over a driver, which stays the caller's to close.
 *
 * @throws RangeError for a `manifestLimit` that no driver can store
 */
export function createRegistry(options: RegistryOptions): Registry {
  const { secret, deleteEnabled, log, observe, access, onDenied } = options;
  const store = openStore(options, log);
  const settings: Settings = {
    secret,
    deleteEnabled,
    readOnly: options.readOnly ?? false,
    redirect: options.redirect ?? true,
    anonymousMount: options.anonymousMount ?? false,
    references: options.references ?? 'all',
    urlRules: options.urlRules,
    redirectHosts: options.redirectHosts,
    manifestLimit: checkManifestLimit(options.manifestLimit ?? 4 * 1024 * 1024),
    blobLimit: options.blobLimit,
    catalogMaxEntries: options.catalogMaxEntries ?? 1000,
    tagsMax: options.tagsMax ?? 1000,
    patienceMs: options.patienceMs ?? 30_000,
    relativeUrls: options.relativeUrls ?? false,
    host: options.host?.replace(/\/+$/, ''),
    prefix: (options.prefix ?? '').replace(/\/+$/, ''),
  };
  const running = createRunning();
  const events = createEventHub(options.listeners ?? [], log);
  const uploads = createUploads(store, options.uploadsPerUser);
  const proxy = options.pullThrough?.attach({
    uploads,
    manifestLimit: settings.manifestLimit,
    blobLimit: settings.blobLimit,
  });
  const { pulls } = options;
  const main: Service = { store, uploads, settings, running, proxy, events, pulls, access, onDenied };
  const others = (options.stores ?? []).map((each) => openBeside(main, each, options.uploadsPerUser));
  const services = createServices(main, others);
  const app = createApp(services, observe);
  const callback = app.callback();
  return {
    app,
    // Koa answers every failure itself.
    handle: (req, res) => void callback(req, res),
    cacheCounts: () => sumOf(services.all.map((service) => service.store.cache.counts)),
    garbage: [store.layout.garbage, ...others.map(({ service }) => service.store.layout.garbage)],
    forget: (what) => {
      for (const service of services.all) forget(service.store, what);
    },
    startRetainer: (retention, prefix) => {
      const service = prefix === undefined ? services.main : services.of(prefix);
      // What a store has under names that go to another one is hidden, and stays.
      const isChosen = (name: string) => services.of(name) === service;
      const onDeleted: RetainerParts['onDeleted'] = (what) => events?.emit(deleteEvent(what));
      return startRetainer({ ...retention, isChosen }, { store: service.store, onDeleted });
    },
    close: () => running.idle().finally(endHashing),
  };
}

function openStore({ driver, presence, ...others }: RegistryStore, log: Logger): Store {
  const { gate, family, memory, layout } = others;
  return createStore(driver, log, { presence: presence ?? UNCERTAIN, gate, family, memory, layout });
}

function openBeside(main: Service, options: PrefixedStore, uploadsPerUser?: number): PrefixedService {
  const { prefix, deleteEnabled, readOnly, redirect, redirectHosts } = options;
  const { settings, store } = main;
  return {
    prefix,
    service: {
      ...main,
      ...withUploads(openStore(options, store.log), uploadsPerUser),
      proxy: undefined,
      pulls: options.pulls,
      settings: {
        ...settings,
        deleteEnabled: deleteEnabled ?? settings.deleteEnabled,
        readOnly: readOnly ?? settings.readOnly,
        redirect: redirect ?? settings.redirect,
        redirectHosts: 'redirectHosts' in options ? redirectHosts : settings.redirectHosts,
      },
    },
  };
}

function withUploads(store: Store, uploadsPerUser?: number): Pick<Service, 'store' | 'uploads'> {
  return { store, uploads: createUploads(store, uploadsPerUser) };
}

function sumOf(counts: readonly CacheCounts[]): CacheCounts {
  const sum = (key: keyof CacheCounts) => counts.reduce((total, each) => total + each[key], 0);
  return { requests: sum('requests'), hits: sum('hits') };
}

function checkManifestLimit(limit: number): number {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= MAX_PUT_SIZE) return limit;
  throw new RangeError(`manifestLimit is 1 to ${MAX_PUT_SIZE} bytes, not ${limit}`);
}
