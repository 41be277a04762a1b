import type { StorageDriver } from '@outrigger/driver';
import { onTestFinished } from 'vitest';
import { CLOCK, STATE } from '../../src/gc/paths.js';
import type { GcState } from '../../src/gc/state.js';
import type { Gate, LayoutKind, Pass, SweeperOptions } from '../../src/index.js';
import { createGate, openLayout, startSweeper } from '../../src/index.js';
import type { TestRegistry } from '../registry-fixture.js';
import { memoryDriver, overrideDriver, startRegistry } from '../registry-fixture.js';
import { freeze, letGoOn } from './test-time.js';

/** Of the time in test-time.ts, with which every test of a running collection replaces the real one. */
export const REFRESH_MS = 20;
export const GRACE_MS = 500;

/** A store whose state of the collection can be watched, and whose calls can be made to wait or to fail. */
export interface WatchedStore {
  readonly driver: StorageDriver;
  /** Resolves when such a state is in the store. From then on time stands still, until the next state or pass is waited for. */
  readonly state: (isWanted: (state: GcState) => boolean) => Promise<GcState>;
  /** Replaces methods of the driver for all who use it from now on. */
  spoil(override: Partial<StorageDriver>): void;
  heal(): void;
}

export async function watchedStore(layout: LayoutKind = 'distribution'): Promise<WatchedStore> {
  const real = openLayout(await memoryDriver(), layout);
  let override: Partial<StorageDriver> = {};
  let waiting: { isWanted: (state: GcState) => boolean; resolve: (state: GcState) => void }[] = [];
  const driver = new Proxy(real, {
    get: (target, key, receiver) => {
      const chosen: unknown = Reflect.get(key in override ? override : target, key, receiver);
      return chosen;
    },
  });
  const watched = overrideDriver(driver, {
    put: async (path, content, options) => {
      await driver.put(path, content, options);
      if (path !== STATE) return;
      const state = JSON.parse(Buffer.from(content).toString()) as GcState;
      const [met, left] = [true, false].map((is) => waiting.filter((each) => each.isWanted(state) === is));
      waiting = left ?? [];
      if (met !== undefined && met.length > 0) freeze();
      for (const each of met ?? []) each.resolve(state);
    },
  });
  return {
    driver: watched,
    state: (isWanted) => {
      letGoOn();
      return new Promise((resolve) => waiting.push({ isWanted, resolve }));
    },
    spoil: (methods) => {
      override = methods;
    },
    heal: () => {
      override = {};
    },
  };
}

export interface Collecting {
  /** The next pass that ends. From then on time stands still, until the next state or pass is waited for. */
  readonly pass: () => Promise<Pass>;
  readonly lines: string[];
  readonly close: () => Promise<void>;
}

export function testGate(driver: StorageDriver): Gate {
  const gate = createGate({ driver, log: SILENT, refreshMs: REFRESH_MS });
  onTestFinished(() => {
    gate.close();
  });
  return gate;
}

/** A sweeper until the end of the test. */
export function startCollecting(
  driver: StorageDriver,
  gate: Gate,
  options: Partial<SweeperOptions> = {},
): Collecting {
  let waiting: ((pass: Pass) => void)[] = [];
  const lines: string[] = [];
  const note = (level: string) => (_fields: unknown, message: string) =>
    void lines.push(`${level} ${message}`);
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const sweeper = startSweeper({
    driver,
    gate,
    log,
    intervalMs: 1,
    graceMs: GRACE_MS,
    refreshMs: REFRESH_MS,
    deleteUntagged: false,
    dryRun: false,
    onPass: (pass) => {
      const met = waiting;
      waiting = [];
      if (met.length > 0) freeze();
      for (const resolve of met) resolve(pass);
    },
    ...options,
  });
  onTestFinished(() => {
    letGoOn();
    return sweeper.close();
  });
  const pass = (): Promise<Pass> => {
    letGoOn();
    return new Promise((resolve) => waiting.push(resolve));
  };
  return { lines, pass, close: () => sweeper.close() };
}

/** A sweeper over a driver that will never answer again: it cannot be closed. */
export function startHanging(driver: StorageDriver, gate: Gate): void {
  startSweeper({
    driver,
    gate,
    log: SILENT,
    intervalMs: 1,
    graceMs: GRACE_MS,
    refreshMs: REFRESH_MS,
    deleteUntagged: false,
    dryRun: false,
  });
}

export interface CollectingRegistry extends Collecting {
  readonly store: WatchedStore;
  readonly gate: Gate;
  readonly registry: TestRegistry;
}

/** A registry that collects its garbage. What is in the store already is older than the grace period. */
export async function collectingRegistry(
  prepare: (registry: TestRegistry) => Promise<void>,
  options: Partial<SweeperOptions> = {},
  layout?: LayoutKind,
): Promise<CollectingRegistry> {
  const store = await watchedStore(layout);
  const { driver } = store;
  const gate = testGate(driver);
  const registry = await startRegistry({ driver, gate, anonymousMount: true, layout });
  await prepare(registry);
  return {
    store,
    gate,
    registry,
    ...startCollecting(olderThanGrace(driver), gate, { garbage: registry.garbage, ...options }),
  };
}

/** The store's clock goes on by some grace periods after its content was written. */
function olderThanGrace(driver: StorageDriver): StorageDriver {
  return overrideDriver(driver, {
    stat: async (path, options) => {
      const info = await driver.stat(path, options);
      return path === CLOCK ? { ...info, modTime: new Date(info.modTime.getTime() + 10 * GRACE_MS) } : info;
    },
  });
}

const nothing = () => undefined;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };
