import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { Config } from '../config/config.js';
import { maskSecrets } from '../log/mask-secrets.js';
import type { Check, NamedCheck } from './health-checks.js';
import type { OpenStore } from './open-store.js';

/** A storage that does not answer within this time is not well. */
const STORAGE_MS = 10_000;

/** What is looked at of a store. */
export type CheckedStore = Pick<OpenStore, 'prefix' | 'driver'>;

/** The checks of the configuration, under Distribution's names. */
export function configuredChecks(health: Config['health'], stores: readonly CheckedStore[]): NamedCheck[] {
  const { storageDriver, file, http, tcp } = health;
  return [
    ...(storageDriver.enabled ? stores : []).map(({ prefix, driver }) => ({
      ...storageDriver,
      name: `storagedriver_${driver.name}${prefix === undefined ? '' : ` (${prefix})`}`,
      check: checkStorage(driver),
      timeoutMs: STORAGE_MS,
    })),
    ...file.map((each) => ({ ...each, name: each.file, check: checkFile(each.file), timeoutMs: STORAGE_MS })),
    ...http.map((each) => ({ ...each, name: shownUri(each.uri), check: checkHttp(each) })),
    ...tcp.map((each) => ({ ...each, name: each.addr, check: checkTcp(each.addr) })),
  ];
}

/** `/` should be there in any store; one that does not have it answers all the same. */
export function checkStorage(driver: StorageDriver): Check {
  return async (signal) => {
    try {
      await driver.stat('/', { signal });
    } catch (error) {
      if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
      if (isStorageError(error) && error.code !== 'CANCELLED')
        return `the storage does not answer: ${error.code}`;
      throw error;
    }
    return undefined;
  };
}

/** Operators take a registry out of service by making a file. */
function checkFile(file: string): Check {
  return async () => {
    try {
      await stat(resolve(file));
      return 'file exists';
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  };
}

function checkHttp({ uri, headers, statusCode }: Config['health']['http'][number]): Check {
  const { href, credentials } = withoutUserinfo(uri);
  const sent = Object.entries(headers).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  if (credentials !== undefined) sent.push(['Authorization', `Basic ${credentials}`]);
  return async (signal) => {
    const { status } = await fetch(href, { method: 'HEAD', headers: sent, signal }).catch(noAnswer(signal));
    return status === statusCode ? undefined : `unexpected status: ${String(status)}`;
  };
}

function noAnswer(signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    throw signal.aborted ? error : new Error('no answer', { cause: error });
  };
}

function checkTcp(address: string): Check {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(address.slice(colon + 1));
  return (signal) =>
    new Promise((done, fail) => {
      const socket = connect({ port, signal, ...(host === '' ? {} : { host }) });
      socket.once('connect', () => {
        socket.destroy();
        done(undefined);
      });
      socket.once('error', () => {
        if (signal.aborted) fail(new Error('no answer in time'));
        else done('connection failed');
      });
    });
}

/** fetch takes no user in a URL. */
function withoutUserinfo(uri: string): { href: string; credentials: string | undefined } {
  const url = new URL(uri);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const credentials =
    username === '' ? undefined : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { href: url.href, credentials: credentials && Buffer.from(credentials).toString('base64') };
}

/** The name of a check is seen by whoever may see that it fails. */
function shownUri(uri: string): string {
  return maskSecrets(uri.split('?', 1)[0] ?? uri);
}
