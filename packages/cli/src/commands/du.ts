import type { RepositoryUsage, StoreUsage } from '@outrigger/registry';
import { isGlob, matchesGlob, measureUsage } from '@outrigger/registry';
import { isStorageError } from '@outrigger/driver';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load-config.js';
import { createDriver } from '../drivers/create-driver.js';
import { hostOptions } from '../drivers/host-options.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { createLog } from '../log/create-log.js';
import { formatBytes } from '../format-bytes.js';

/**
 * Says what the repositories of each store take, and what they would take if they did not share content.
 *
 * @param globs - the repositories to tell of; none: all. Totals are those of the stores.
 * @throws ConfigError; CommandError
 */
export async function showUsage(
  file: string,
  globs: readonly string[],
  { json }: { readonly json: boolean },
): Promise<void> {
  if (!globs.every(isGlob))
    throw new CommandError('a repository is a name in which * and ** may stand for others', EXIT.usage);
  const { config } = await loadConfig(file, process.env);
  const stores: Shown[] = [];
  for (const { prefix, config: own } of [{ prefix: undefined, config }, ...config.stores]) {
    const usage = await measure(own);
    const isShown = ({ name }: RepositoryUsage) =>
      globs.length === 0 || globs.some((glob) => matchesGlob(glob, name));
    stores.push({ prefix, ...usage, repositories: usage.repositories.filter(isShown) });
  }
  if (globs.length > 0 && stores.every(({ repositories }) => repositories.length === 0))
    throw new CommandError('there is no such repository', EXIT.failed);
  process.stdout.write(
    json ? `${JSON.stringify({ stores }, undefined, 2)}\n` : stores.map(toTable).join('\n'),
  );
}

interface Shown extends StoreUsage {
  /** Undefined: the main one. */
  readonly prefix: string | undefined;
}

async function measure(config: Config): Promise<StoreUsage> {
  if (config.layout !== 'distribution')
    throw new CommandError('du measures stores of the layout distribution only', EXIT.config);
  const output = createLog({ ...config.log, level: 'warn' });
  const driver = await createDriver(config, { ...hostOptions(config, process.env), log: output.log });
  try {
    return await measureUsage(driver);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    throw new CommandError(`the store cannot be measured: ${error.message}`, EXIT.failed, error);
  } finally {
    await driver.close();
    output.flush();
  }
}

const HEAD = ['repository', 'blobs', 'logical', 'own', 'shared', 'uploads'];

function toTable(usage: Shown): string {
  const rows = [HEAD, ...usage.repositories.map(toRow)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  );
  const head = usage.prefix === undefined ? [] : [`store ${usage.prefix}`, ''];
  return `${[...head, ...lines, '', ...totals(usage)].join('\n')}\n`;
}

function toRow({ name, blobs, logical, own, shared, uploads, missing }: RepositoryUsage): string[] {
  const broken = missing === 0 ? '' : ` (${String(missing)} missing)`;
  return [
    name,
    `${String(blobs)}${broken}`,
    formatBytes(logical),
    formatBytes(own),
    formatBytes(shared),
    formatBytes(uploads.bytes),
  ];
}

function totals({ logical, stored, saved, unused, uploads, halfDeleted, total }: StoreUsage): string[] {
  const share = logical === 0 ? '' : ` (${((100 * saved) / logical).toFixed(1)} %)`;
  return [
    `logical      ${formatBytes(logical)}`,
    `stored       ${formatBytes(stored.bytes)} in ${String(stored.count)} blobs`,
    `saved        ${formatBytes(saved)}${share}`,
    `unused       ${formatBytes(unused.bytes)} in ${String(unused.count)} blobs that no repository has`,
    `uploads      ${formatBytes(uploads.bytes)} in ${String(uploads.count)} under way or left behind`,
    `half deleted ${formatBytes(halfDeleted.bytes)}`,
    `total        ${formatBytes(total)}`,
  ];
}
