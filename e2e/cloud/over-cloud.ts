import type { CloudStore } from '../harness/cloud-server.js';
import type { RegistryOptions } from '../harness/start-registry.js';

export interface OverCloud {
  /** Of a proxy in front of the server. */
  readonly url?: string;
  /** Where clients may be sent to. Default: nowhere. */
  readonly redirectHosts?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/**
 * A registry over a bucket or a container, its driver in a process of its own.
 *
 * @param defaults - parameters of the driver that a registry has in these tests, whatever the server
 */
export function overCloud(
  driver: string,
  store: CloudStore,
  defaults: Readonly<Record<string, unknown>>,
  { url, redirectHosts = [], parameters }: OverCloud,
): RegistryOptions {
  return {
    driver,
    parameters: { ...defaults, ...store.parameters(url), ...parameters },
    sections: { outrigger: { profile: 'strict', redirectHosts, limits: { uploadsPerUser: 0 } } },
  };
}

/** The same registry, which soon removes whatever nobody goes on with: the registry's own part of an upload, and the driver's. */
export function soonPurged({ driver = '', parameters, sections }: RegistryOptions): RegistryOptions {
  const storage = {
    delete: { enabled: true },
    maintenance: { uploadpurging: { enabled: true, age: '1ms', interval: '500ms', dryrun: false } },
    [driver]: { ...parameters, abandonedafter: '1ms' },
  };
  return { driver, sections: { ...sections, storage } };
}
