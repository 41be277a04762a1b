import type { Parameters } from '@outrigger/driver';
import type { z } from 'zod';
import { openSection, optional, preset, section } from '../containers.js';
import { anything, duration, flag, natural, text } from '../leaves.js';

export interface StorageConfig {
  readonly driver: string;
  readonly parameters: Parameters;
  readonly deleteEnabled: boolean;
  readonly redirect: boolean;
  readonly readOnly: boolean;
  readonly cache: {
    /** Where the replicas share what they know of blobs; undefined: each keeps to itself. */
    readonly blobDescriptor: 'inmemory' | 'redis' | undefined;
    /** Most entries of the one in memory. */
    readonly blobDescriptorSize: number;
  };
  readonly uploadPurging: UploadPurgingConfig;
}

export interface UploadPurgingConfig {
  readonly enabled: boolean;
  /** Uploads begun longer ago are removed. */
  readonly ageMs: number;
  readonly intervalMs: number;
  /** Only says what it would remove. */
  readonly dryRun: boolean;
}

/** What is not named here is a driver with its parameters. */
export const storageSection = openSection(
  {
    delete: section({ enabled: preset(flag, false) }),
    redirect: section({ disable: preset(flag, false) }),
    cache: section({
      blobdescriptor: optional(text),
      layerinfo: optional(text),
      blobdescriptorsize: preset(natural, 10_000),
    }),
    tag: section({ concurrencylimit: optional(natural) }),
    maintenance: section({
      readonly: section({ enabled: preset(flag, false) }),
      uploadpurging: section({
        enabled: preset(flag, true),
        age: preset(duration, '168h'),
        interval: preset(duration, '24h'),
        dryrun: preset(flag, false),
      }),
    }),
  },
  anything,
);

export function toStorage(
  storage: z.output<typeof storageSection>,
  driver: Pick<StorageConfig, 'driver' | 'parameters'>,
): StorageConfig {
  const { cache, maintenance } = storage;
  const { enabled, age, interval, dryrun } = maintenance.uploadpurging;
  return {
    driver: driver.driver,
    parameters: driver.parameters,
    deleteEnabled: storage.delete.enabled,
    redirect: !storage.redirect.disable,
    readOnly: maintenance.readonly.enabled,
    cache: {
      // The older name of the key; Distribution takes it too.
      blobDescriptor: knownCache(cache.blobdescriptor ?? cache.layerinfo),
      blobDescriptorSize: cache.blobdescriptorsize,
    },
    uploadPurging: {
      enabled,
      ageMs: age,
      intervalMs: interval,
      dryRun: dryrun,
    },
  };
}

/** Distribution warns of another one, and goes on without. */
export function knownCache(name: string | undefined): 'inmemory' | 'redis' | undefined {
  return name === 'inmemory' || name === 'redis' ? name : undefined;
}
