/**
 * What becomes of the keys in schema.ts. A key that is not named here, nor any key above it, is in use.
 *
 * To put a section into use, delete its line (or say 'used' for a key within), and run
 * `vitest run --project cli packages/cli/test/config -u` for the documents that are made from it.
 */
export type KeyStatus =
  | 'used'
  /** Not supported by this version: a warning. */
  | 'later'
  /** Not supported by this version, and not safe to overlook: an error. */
  | 'refused'
  /** Has no effect, for the reason given: a warning. */
  | { readonly because: string };

const ONE_CONNECTION = { because: 'one connection carries all commands' };
const GO_CLIENT = { because: "it belongs to the Redis client of Distribution's language" };
const ONE_NODE = { because: 'a cluster is asked at the node that has the key' };

/** By dotted key, indices of lists left out. */
export const STATUS: Readonly<Record<string, KeyStatus>> = {
  'log.hooks': { because: 'log lines are not mailed; an alert rule on the metrics is the way' },
  'log.reportcaller': { because: 'log lines do not name lines of the program' },
  'storage.cache.blobdescriptorsize': { because: 'what is kept in memory is bounded by bytes' },
  'storage.tag': { because: 'tags are read one after the other' },
  'middleware.registry': { because: 'there are no such middlewares, neither here nor in Distribution' },
  'middleware.repository': { because: 'there are no such middlewares, neither here nor in Distribution' },
  'redis.pool': ONE_CONNECTION,
  'redis.poolfifo': ONE_CONNECTION,
  'redis.poolsize': ONE_CONNECTION,
  'redis.pooltimeout': ONE_CONNECTION,
  'redis.minidleconns': ONE_CONNECTION,
  'redis.maxidleconns': ONE_CONNECTION,
  'redis.maxactiveconns': ONE_CONNECTION,
  'redis.connmaxidletime': ONE_CONNECTION,
  'redis.connmaxlifetime': ONE_CONNECTION,
  'redis.protocol': GO_CLIENT,
  'redis.contexttimeoutenabled': GO_CLIENT,
  'redis.disableidentity': GO_CLIENT,
  'redis.identitysuffix': GO_CLIENT,
  'redis.unstableresp3': GO_CLIENT,
  'redis.readonly': ONE_NODE,
  'redis.routebylatency': ONE_NODE,
  'redis.routerandomly': ONE_NODE,
  'health.file.threshold': {
    because: 'a file is there or it is not; Distribution does not look at it either',
  },
  policy: 'later',
  compatibility: { because: 'manifests of schema 1 are not taken, as in Distribution 3' },
  reporting: { because: 'it is gone from Distribution 3 too' },
};
