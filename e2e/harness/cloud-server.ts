import type { ServerProcess } from './server-process.js';

/** A server of a cloud's storage, on a free port of this machine. */
export interface CloudServer<Store extends CloudStore> extends ServerProcess {
  readonly url: string;
  /** A new one, empty. */
  createStore(): Promise<Store>;
  /** The end of the server and its data. */
  stop(): Promise<void>;
}

/** A bucket, or a container. */
export interface CloudStore {
  readonly name: string;
  /**
   * The parameters of the driver for this store.
   *
   * @param url - of a proxy in front of the server
   */
  parameters(url?: string): Record<string, unknown>;
  /** Of all its objects. */
  names(): Promise<string[]>;
}
