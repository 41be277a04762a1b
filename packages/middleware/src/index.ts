export { cache } from './cache/cache.js';
export type {
  DriverMiddleware,
  MiddlewareCount,
  MiddlewareCounts,
  MiddlewareLogger,
  WrapParts,
  WrappedDriver,
} from './driver-middleware.js';
export { encrypt } from './encrypt/encrypt.js';
export { faults } from './limits/faults.js';
export { ratelimit } from './limits/ratelimit.js';
export { readonly } from './readonly.js';
