import type { DriverMiddleware } from '../driver-middleware.js';
import { cacheCapabilities, createCachedDriver } from './driver.js';
import { cacheSchema, parseCacheOptions } from './options.js';

/** `cache`: content by its digest on a local disk, in front of a store that is slower. */
export const cache: DriverMiddleware = {
  name: 'cache',
  version: '0.1.0',
  options: cacheSchema,
  capabilities: (inner) => cacheCapabilities(inner, true),
  wrap: async (inner, options, parts) => createCachedDriver(inner, parseCacheOptions(options), parts),
};
