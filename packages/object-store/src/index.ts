export { OBJECT_CAPABILITIES, createObjectDriver } from './driver.js';
export type { ObjectDriverOptions } from './driver.js';
export type { Multipart, MultipartStore, Part } from './multipart-store.js';
export type {
  ObjectBody,
  ObjectInfo,
  ObjectListRequest,
  ObjectPage,
  ObjectReadRequest,
  ObjectStore,
} from './object-store.js';
export type { SignalOption } from './signal-option.js';
