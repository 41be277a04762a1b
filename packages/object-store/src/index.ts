export { OBJECT_CAPABILITIES, createObjectDriver } from './driver.js';
export type { ObjectDriverOptions } from './driver.js';
export { keyPrefixOf } from './key-prefix.js';
export { log } from './log.js';
export { sizeOfParts } from './multipart-store.js';
export type { Multipart, MultipartStore, Part } from './multipart-store.js';
export type {
  ObjectBody,
  ObjectInfo,
  CopyOptions,
  ObjectListRequest,
  ObjectPage,
  ObjectReadRequest,
  ObjectStore,
} from './object-store.js';
export { durationParameter, integerParameter, textParameter } from './parameter-types.js';
export { pauseRefused } from './pause-refused.js';
export type { SignRedirect } from './pause-refused.js';
export { createRecent } from './recent.js';
export { reuseRedirects } from './reused-redirects.js';
export type { SignalOption } from './signal-option.js';
export { parseRetryAfter, withRetries } from './with-retries.js';
export type { RetryOptions } from './with-retries.js';
