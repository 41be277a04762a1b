import { setTimeout as pause } from 'node:timers/promises';
import type { CallOptions, ContentReader, FileWriter, StorageDriver } from '@outrigger/driver';
import { STORAGE_ERROR_CODES, StorageError, alreadyClosed, cancelled, commitTo } from '@outrigger/driver';
import { z } from 'zod';
import type { DriverMiddleware, WrappedDriver } from '../driver-middleware.js';
import { forward, withoutShortcuts } from '../forward.js';
import { bytes, duration, parseOptions, toBytes, toSchema } from '../parse-options.js';

const OPERATIONS = [
  'stat',
  'list',
  'walk',
  'get',
  'put',
  'reader',
  'read',
  'writer',
  'write',
  'commit',
  'move',
  'delete',
  'copy',
] as const;

type Operation = (typeof OPERATIONS)[number];

const rule = z.strictObject({
  operations: z.array(z.enum(OPERATIONS)).min(1).optional().meta({ description: 'Default: all.' }),
  path: z.string().optional().meta({ description: 'Only paths that contain this text.' }),
  probability: z.number().min(0).max(1).optional().meta({ description: 'Of each call, 0 to 1.' }),
  every: z.int().min(1).optional().meta({ description: 'Each n-th call that the rule is about.' }),
  delay: duration('0').meta({ description: 'How long the call waits.' }),
  error: z
    .enum(STORAGE_ERROR_CODES)
    .optional()
    .meta({ description: 'What the call fails with, after the delay.' }),
  cutat: bytes.optional().meta({ description: 'Of reader: the content breaks off behind so many bytes.' }),
});

const schema = z.strictObject({
  seed: z
    .int()
    .nonnegative()
    .default(1)
    .meta({ description: 'Of the probabilities: the same calls have the same faults.' }),
  rules: z.array(rule).min(1).meta({ description: 'Each one is looked at for each call.' }),
});

/** `faults`: calls that are late, fail or break off, for tests and game days. */
export const faults: DriverMiddleware = {
  name: 'faults',
  version: '0.1.0',
  options: toSchema(schema),
  capabilities: withoutShortcuts,
  async wrap(inner, options, { log }) {
    const { seed, rules } = parseOptions('faults', schema, options);
    log.warn({ seed, rules: rules.length }, 'THE STORE FAILS ON PURPOSE: middleware faults is configured');
    return createFaultyDriver(inner, rules.map(toRule), seed);
  },
};

interface Rule extends Omit<z.output<typeof rule>, 'operations'> {
  readonly operations: readonly Operation[];
  calls: number;
}

function toRule(parsed: z.output<typeof rule>): Rule {
  return { ...parsed, operations: parsed.operations ?? OPERATIONS, calls: 0 };
}

/** What happens to a call. */
type Disturb = (
  operation: Operation,
  path: string,
  signal?: AbortSignal,
) => Promise<{ cutAt: number | undefined }>;

function createFaultyDriver(inner: StorageDriver, rules: readonly Rule[], seed: number): WrappedDriver {
  const random = createRandom(seed);
  const counts = { delayed: 0, failed: 0, cut: 0 };
  const hits = (one: Rule, operation: Operation, path: string): boolean => {
    if (!one.operations.includes(operation) || !path.includes(one.path ?? '')) return false;
    one.calls++;
    if (one.every !== undefined && one.calls % one.every !== 0) return false;
    return one.probability === undefined || random() < one.probability;
  };
  const disturb: Disturb = async (operation, path, signal) => {
    let cutAt: number | undefined;
    for (const one of rules) {
      if (!hits(one, operation, path)) continue;
      if (one.delay > 0) {
        counts.delayed++;
        await wait(one.delay, path, signal);
      }
      if (one.error !== undefined) {
        counts.failed++;
        throw new StorageError(one.error, `a fault on purpose (middleware faults): ${operation} ${path}`, {
          path,
        });
      }
      if (one.cutat !== undefined && operation === 'reader') {
        counts.cut++;
        cutAt = Math.min(cutAt ?? Infinity, toBytes(one.cutat));
      }
    }
    return { cutAt };
  };
  const driver = forward(inner, faultyMethods(inner, disturb), withoutShortcuts);
  return Object.assign(driver, {
    counts: () => ({
      delayed_total: {
        value: counts.delayed,
        type: 'counter' as const,
        help: 'Calls that were delayed on purpose.',
      },
      failed_total: { value: counts.failed, type: 'counter' as const, help: 'Calls that failed on purpose.' },
      cut_total: { value: counts.cut, type: 'counter' as const, help: 'Readers that break off on purpose.' },
    }),
  });
}

function faultyMethods(inner: StorageDriver, disturb: Disturb): Partial<StorageDriver> {
  const before = async <T>(
    operation: Operation,
    path: string,
    options: CallOptions | undefined,
    run: () => Promise<T>,
  ): Promise<T> => {
    await disturb(operation, path, options?.signal);
    return run();
  };
  return {
    stat: (path, options) => before('stat', path, options, () => inner.stat(path, options)),
    list: (path, options) => before('list', path, options, () => inner.list(path, options)),
    walk: (path, options) =>
      before(
        'walk',
        path,
        options,
        async () => (await inner.walk?.(path, options)) ?? { entries: [], done: true },
      ),
    get: (path, options) => before('get', path, options, () => inner.get(path, options)),
    put: (path, content, options) => before('put', path, options, () => inner.put(path, content, options)),
    async reader(path, options) {
      const { cutAt } = await disturb('reader', path, options?.signal);
      return faultyReader(await inner.reader(path, options), path, cutAt, () =>
        disturb('read', path, options?.signal),
      );
    },
    writer: (path, options) =>
      before('writer', path, options, async () =>
        faultyWriter(await inner.writer(path, options), path, disturb),
      ),
    move: (from, to, options) => before('move', from, options, () => inner.move(from, to, options)),
    delete: (path, options) => before('delete', path, options, () => inner.delete(path, options)),
    copy: (from, to, options) => before('copy', from, options, async () => inner.copy?.(from, to, options)),
  };
}

function faultyReader(
  inner: ContentReader,
  path: string,
  cutAt: number | undefined,
  disturb: () => Promise<unknown>,
): ContentReader {
  const { size, modTime, version } = inner;
  let left = cutAt ?? Infinity;
  let isClosed = false;
  return {
    size,
    modTime,
    ...(version === undefined ? {} : { version }),
    async read(into) {
      await disturb();
      if (isClosed) throw alreadyClosed(path, 'closed');
      if (left === 0)
        throw new StorageError('UNAVAILABLE', `cut on purpose (middleware faults): ${path}`, { path });
      const count = await inner.read(into.subarray(0, Math.min(into.length, left)));
      left -= count;
      return count;
    },
    close() {
      isClosed = true;
      return inner.close();
    },
  };
}

function faultyWriter(inner: FileWriter, path: string, disturb: Disturb): FileWriter {
  return {
    get size() {
      return inner.size;
    },
    async write(chunk) {
      await disturb('write', path);
      await inner.write(chunk);
    },
    async commit() {
      await disturb('commit', path);
      await inner.commit();
    },
    async commitTo(to) {
      await disturb('commit', path);
      await commitTo(inner, to, path);
    },
    close: () => inner.close(),
    cancel: () => inner.cancel(),
  };
}

async function wait(ms: number, path: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch (error) {
    throw cancelled(path, error);
  }
}

/** Mulberry32: small, and the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
