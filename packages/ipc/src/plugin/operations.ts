import { get, put, read } from '../protocol/content.js';
import type { Method, ParamsOf, ResultOf } from '../protocol/method.js';
import { copy, list, move, redirectURL, remove, stat, walk } from '../protocol/namespace.js';
import { toFileInfoValue } from '../protocol/to-wire.js';
import { writerCancel, writerClose, writerCommit, writerOpen, writerWrite } from '../protocol/writer.js';
import { fitPage } from './fit-page.js';
import { serveGet, servePut } from './serve-small.js';
import type { Served } from './served.js';
import { serveRead } from './serve-read.js';
import type { Writers } from './writers.js';
import { unsupported } from '@outrigger/driver';

/** What the operations of one session work on. */
export interface OperationContext extends Served {
  readonly writers: Writers;
}

/** Serves one request whose parameters were checked. */
export type Operation = (params: unknown, context: OperationContext, signal: AbortSignal) => Promise<unknown>;

/** The operations of a driver by their method names; the lifecycle is the session's. */
export function createOperations(): ReadonlyMap<string, { method: Method; run: Operation }> {
  const operations = new Map<string, { method: Method; run: Operation }>();
  const on = <M extends Method>(
    method: M,
    run: (params: ParamsOf<M>, context: OperationContext, signal: AbortSignal) => Promise<ResultOf<M>>,
  ) => {
    operations.set(method.name, { method, run: run as Operation });
  };

  on(stat, async ({ path }, { driver }, signal) => toFileInfoValue(await driver.stat(path, { signal })));
  on(list, ({ path, cursor, limit }, { driver, limits }, signal) =>
    fitPage(limits, limit, async (most) => {
      const page = await driver.list(path, { cursor, limit: most, signal });
      const entries = page.entries.map((entry) => ({ ...entry, modTime: entry.modTime?.getTime() }));
      return { entries, cursor: page.cursor };
    }),
  );
  on(walk, ({ path, after, skipChildren, limit }, { driver, limits }, signal) =>
    fitPage(limits, limit, async (most) => {
      if (driver.walk === undefined) throw unsupported('walk', path);
      const page = await driver.walk(path, { after, skipChildren, limit: most, signal });
      return { entries: page.entries.map(toFileInfoValue), done: page.done };
    }),
  );
  on(get, ({ path }, served, signal) => serveGet(path, served, signal));
  on(put, ({ path, content }, served) => servePut(path, content, served));
  on(read, serveRead);
  on(writerOpen, (params, { driver, limits, writers }, signal) =>
    writers.open(params, driver, limits.putBytes, signal),
  );
  on(writerWrite, (params, served) => served.writers.write(params, served));
  on(writerCommit, (params, { writers }) => writers.commit(params));
  on(writerClose, ({ writer }, { writers }) => writers.close(writer));
  on(writerCancel, ({ writer }, { writers }) => writers.cancel(writer));
  on(move, async ({ source, destination }, { driver }) => {
    await driver.move(source, destination);
    return {};
  });
  on(copy, async ({ source, destination }, { driver }, signal) => {
    if (driver.copy === undefined) throw unsupported('copy', source);
    await driver.copy(source, destination, { signal });
    return {};
  });
  on(remove, async ({ path }, { driver }) => {
    await driver.delete(path);
    return {};
  });
  on(redirectURL, async ({ path, ...request }, { driver }, signal) => {
    const redirect = (await driver.redirectURL?.(path, { ...request, signal })) ?? null;
    return { url: redirect?.url ?? null, expiresAt: redirect?.expiresAt?.getTime() };
  });
  return operations;
}
