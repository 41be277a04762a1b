export { CAPABILITY_NAMES } from './capabilities.js';
export type { Capabilities } from './capabilities.js';
export { checkDriver } from './check-driver.js';
export { commitTo } from './commit-to.js';
export type { ContentReader } from './content-reader.js';
export type { CallObserver, DriverCall } from './driver-call.js';
export { InvalidParametersError } from './driver-factory.js';
export type { DriverFactory, ParameterIssue, ParameterSchema, Parameters } from './driver-factory.js';
export { givenParameters, toParameterIssues } from './given-parameters.js';
export type { FileInfo, ListEntry, ListPage, LocalFile, WalkPage } from './file-info.js';
export type { FileWriter, LocalTarget } from './file-writer.js';
export { createKeyedLock } from './keyed-lock.js';
export type { KeyedLock } from './keyed-lock.js';
export { listAll } from './list.js';
export { fromReadable, toReadable } from './node-streams.js';
export { DURATION_PATTERN, parseDuration } from './parse-duration.js';
export {
  MAX_PATH_LENGTH,
  PATH_PATTERN,
  baseName,
  checkDirectoryPath,
  checkPath,
  compareNames,
  comparePaths,
  isBelow,
  joinPath,
  parentPath,
} from './path.js';
export { readFully, readToEnd } from './read-content.js';
export { createRegulator } from './regulate.js';
export type { Regulator } from './regulate.js';
export { stamp } from './stamp-error.js';
export { MAX_PAGE_SIZE, MAX_PUT_SIZE } from './storage-driver.js';
export type {
  CallOptions,
  ListOptions,
  ReadOptions,
  Redirect,
  RedirectRequest,
  StorageDriver,
  WalkOptions,
  WriterMode,
  WriterOptions,
} from './storage-driver.js';
export {
  STORAGE_ERROR_CODES,
  StorageError,
  StorageErrors,
  alreadyClosed,
  cancelled,
  invalidOffset,
  invalidPath,
  isStorageError,
  pathNotFound,
  throwIfAborted,
  toStorageError,
  unsupported,
  versionChanged,
} from './storage-error.js';
export type { StorageErrorCode, StorageErrorDetails } from './storage-error.js';
export { walk } from './walk.js';
export type { WalkFromOptions, WalkVerdict, WalkVisitor } from './walk.js';
