import { createRegulator } from '@outrigger/driver';
import type { Api } from './api.js';
import { randomName } from './components.js';
import { unexpected } from './errors.js';
import { CONTENT_TYPE, sizeOf } from './put.js';
import { PRECONDITION_FAILED, replaceObject } from './replace.js';

/** The most objects of one request. */
const MAX_SOURCES = 32;
/** Requests at a time, of one call. */
const CONCURRENCY = 8;

export interface Composition {
  readonly destination: string;
  /** In their order. */
  readonly sources: readonly string[];
  /** Bytes, of all. */
  readonly size: number;
  /** Where what lies between may be: a prefix, with a slash at its end. */
  readonly scratch: string;
  /** Of the destination. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** Makes one object of many, atomically, on the store's side: as a tree, since one request takes 32. */
export async function compose(api: Api, composition: Composition): Promise<void> {
  const { destination, size, scratch, metadata, signal } = composition;
  const regulator = createRegulator(CONCURRENCY);
  let level = composition.sources;
  while (level.length > MAX_SOURCES) {
    const groups = inGroups(level).map((sources) => ({ sources, into: `${scratch}~${randomName()}` }));
    await Promise.all(
      groups.map(({ sources, into }) => regulator.run(() => request(api, into, sources, { signal }), signal)),
    );
    level = groups.map(({ into }) => into);
  }
  const sources = level;
  await replaceObject(
    api,
    destination,
    (generation) => request(api, destination, sources, { generation, metadata, size, signal }),
    signal,
  );
}

interface ComposeOptions {
  readonly generation?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly size?: number;
  readonly signal: AbortSignal | undefined;
}

async function request(
  api: Api,
  destination: string,
  sources: readonly string[],
  { generation, metadata, size, signal }: ComposeOptions,
): Promise<number> {
  const { status, value } = await api.json(destination, {
    method: 'POST',
    path: `${api.objectPath(destination)}/compose`,
    query: { ifGenerationMatch: generation, fields: 'size' },
    json: {
      sourceObjects: sources.map((name) => ({ name })),
      destination: { contentType: CONTENT_TYPE, ...(metadata === undefined ? {} : { metadata }) },
    },
    accept: [PRECONDITION_FAILED],
    signal,
  });
  if (size !== undefined && status !== PRECONDITION_FAILED && sizeOf(value) !== size)
    throw unexpected('the store has composed another number of bytes than was sent', destination);
  return status;
}

function inGroups(names: readonly string[]): string[][] {
  const count = Math.ceil(names.length / MAX_SOURCES);
  return Array.from({ length: count }, (_, index) =>
    names.slice(index * MAX_SOURCES, (index + 1) * MAX_SOURCES),
  );
}
