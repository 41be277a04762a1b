import { resolve } from 'node:path';
import type { StorageDriver } from '@outrigger/driver';
import type { SupervisedDriver } from '@outrigger/host';
import type { Logger } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { OpenStore, OpenStores } from './open-store.js';

export interface Serving {
  readonly version: string;
  readonly config: Config;
  /** The file, if there is one. */
  readonly file: string | undefined;
  readonly stores: OpenStores;
  /** As clients write it. */
  readonly address: string;
  /** Processes that serve; undefined: this one alone. */
  readonly workers?: number | undefined;
}

/** Says what runs. A program that reads the log as JSON gets no other lines. */
export function announce(serving: Serving, print: (text: string) => void, log: Logger): void {
  if (serving.config.log.formatter === 'text') print(announcement(serving));
  else log.info(servingFields(serving), 'listening');
}

/** What runs where, for the log. */
function servingFields({
  config,
  stores: [main, ...others],
  address,
  workers,
}: Serving): Record<string, unknown> {
  return {
    address,
    profile: config.profile,
    layout: config.layout,
    ...driverFields(main.driver),
    workers,
    ...(others.length === 0
      ? {}
      : { stores: others.map(({ prefix, driver }) => ({ prefix, ...driverFields(driver) })) }),
  };
}

function driverFields(driver: StorageDriver): object {
  const { pid, version, realPath, dataPlanes } = processOf(driver) ?? {};
  return { driver: driver.name, driverVersion: version, driverPid: pid, executable: realPath, dataPlanes };
}

/** What runs where, and how to push to it, in a few lines for a person. */
function announcement(serving: Serving): string {
  const { version, config, file, stores, address, workers } = serving;
  const isSocket = 'path' in config.http.address;
  const isSecure = config.http.tls !== undefined;
  const host = address.replace(/^(0\.0\.0\.0|\[::\]):/, 'localhost:');
  const lines: [string, string][] = [
    [
      'outrigger',
      `${version}, pid ${String(process.pid)}, listens on ${isSocket ? address : `${isSecure ? 'https' : 'http'}://${address}`}`,
    ],
    ...(workers === undefined ? [] : [['workers', String(workers)] satisfies [string, string]]),
    ...stores.flatMap(describeStore),
    [
      'config',
      `${file ?? 'built in (outrigger serve <config.yml> for your own)'}, profile ${config.profile}`,
    ],
    ...(isSocket ? [] : describePush(host, isSecure)),
  ];
  return lines.map(([label, text]) => `${label.padEnd(10)} ${text}\n`).join('');
}

function describeDriver(driver: StorageDriver): string {
  const process = processOf(driver);
  if (process === undefined) return `${driver.name}, in this process`;
  const { version, pid, path, dataPlanes } = process;
  const planes = `content by ${dataPlanes.join(', ')}`;
  return `${driver.name} ${version}, pid ${String(pid ?? 'unknown')}, ${path} (${planes})`;
}

function describeStore({ prefix, config, driver }: OpenStore): [string, string][] {
  const store: [string, string][] = prefix === undefined ? [] : [['store', `${prefix}, and all below it`]];
  const layout: [string, string][] =
    config.layout === 'oci' ? [['layout', 'one OCI image layout for each repository']] : [];
  return [...store, ['storage', describeDriver(driver)], ...describeData(config), ...layout];
}

/** Distribution's drivers name the place of their content so, and it is no secret. */
function describeData({ storage }: Config): [string, string][] {
  const { rootdirectory } = storage.parameters;
  if (typeof rootdirectory !== 'string') return [];
  return [['data', storage.driver === 'filesystem' ? resolve(rootdirectory) : rootdirectory]];
}

function describePush(host: string, isSecure: boolean): [string, string][] {
  const options = isSecure ? '' : '--dest-tls-verify=false ';
  return [
    ['push', `docker push ${host}/<name>:<tag>`],
    ['', `skopeo copy ${options}oci:<dir>:<tag> docker://${host}/<name>:<tag>`],
  ];
}

function processOf(driver: StorageDriver): ReturnType<SupervisedDriver['status']> | undefined {
  return 'status' in driver ? (driver as SupervisedDriver).status() : undefined;
}
