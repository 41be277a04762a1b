import type { Capabilities, StorageDriver } from '@outrigger/driver';
import { unsupported } from '@outrigger/driver';
import { z } from 'zod';
import type { DriverMiddleware } from './driver-middleware.js';
import { forward } from './forward.js';
import { parseOptions, toSchema } from './parse-options.js';

const schema = z.strictObject({});

/** `readonly`: the store as it is. Whatever would change it is refused, before the driver hears of it. */
export const readonly: DriverMiddleware = {
  name: 'readonly',
  version: '0.1.0',
  options: toSchema(schema),
  capabilities: withoutChanges,
  wrap: async (inner, options) => {
    parseOptions('readonly', schema, options);
    return forward(inner, REFUSALS, withoutChanges);
  },
};

function withoutChanges({ walk, redirectURL, localFiles, roots }: Capabilities): Capabilities {
  return { walk, redirectURL, localFiles, roots };
}

const refuse = (what: string, path: string): Promise<never> =>
  Promise.reject(unsupported(`${what}: the store is read-only (middleware readonly)`, path));

const REFUSALS: Partial<StorageDriver> = {
  put: (path) => refuse('put', path),
  writer: (path) => refuse('writer', path),
  move: (source) => refuse('move', source),
  delete: (path) => refuse('delete', path),
  copy: (source) => refuse('copy', source),
};
