import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DriverFactory } from '@outrigger/driver';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

/** Driver packages that come with this one. */
const SHIPPED: Readonly<Record<string, () => Promise<object>>> = {
  inmemory: () => import('@outrigger/plugin-memory'),
  filesystem: () => import('@outrigger/plugin-fs'),
};

/** The packages that hold more than the driver that they are named for. */
const HOLDERS: Readonly<Record<string, string>> = {
  s3aws: '@outrigger/plugin-s3',
  oss: '@outrigger/plugin-s3',
};

/**
 * The factory of a driver that is to run in this process. It comes from the package named, from one that ships with this
 * one, or from `@outrigger/plugin-<name>` or `registry-storage-<name>` as installed beside this package or in the
 * working directory. The package exports, under any name, a `DriverFactory` whose `name` is the driver's.
 *
 * @param from - `true`, or the name of a package
 * @throws CommandError there is no such package, or no such factory in it
 */
export async function loadFactory(name: string, from: true | string): Promise<DriverFactory> {
  const own = [HOLDERS[name] ?? `@outrigger/plugin-${name}`, `registry-storage-${name}`];
  const candidates = from === true ? own : [from];
  const shipped = from === true ? SHIPPED[name] : undefined;
  const exported = shipped === undefined ? await importFirst(candidates) : await shipped();
  const factory = Object.values(exported ?? {}).find((value) => isFactory(value, name));
  if (factory !== undefined) return factory;
  const wrong = exported === undefined ? 'is not installed' : `exports no factory of a driver ${name}`;
  throw new CommandError(
    `storage driver ${name} cannot be loaded in-process: ${candidates.join(' or ')} ${wrong}`,
    EXIT.unavailable,
  );
}

async function importFirst(packages: readonly string[]): Promise<object | undefined> {
  for (const each of packages) {
    const url = resolvePackage(each);
    if (url !== undefined) return (await import(url)) as object;
  }
  return undefined;
}

function resolvePackage(name: string): string | undefined {
  for (const base of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))]) {
    try {
      return pathToFileURL(createRequire(base).resolve(name)).href;
    } catch {
      // The next place may have it.
    }
  }
  return undefined;
}

function isFactory(value: unknown, name: string): value is DriverFactory {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    value.name === name &&
    'create' in value &&
    typeof value.create === 'function'
  );
}
