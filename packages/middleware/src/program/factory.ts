import type { Capabilities, DriverFactory, Parameters, StorageDriver } from '@outrigger/driver';
import { InvalidParametersError } from '@outrigger/driver';
import { DriverRegistry } from '@outrigger/host';
import type { DriverMiddleware } from '../driver-middleware.js';
import { STDERR_LOG } from './log.js';

/** What a driver behind it may have. Where it has less, so has the whole. */
const ANY: Capabilities = {
  walk: true,
  redirectURL: true,
  copy: true,
  atomicMove: true,
  atomicDirectoryMove: true,
  isolatedWriters: true,
  commitTo: true,
};

/** What the drivers behind it may want to see: a description is made before it is known which one it is. */
const ENVIRONMENT = [
  'AWS_*',
  'AZURE_*',
  'CEPH_*',
  'CLOUDSDK_*',
  'GCE_*',
  'GCLOUD_*',
  'GOOGLE_*',
  'IDENTITY_*',
  'IMDS_ENDPOINT',
  'MSI_*',
  'OS_*',
  'STORAGE_EMULATOR_HOST',
];

/** The host of this program has a deadline for its start; what is behind it must not have a shorter one. */
const PATIENT = { startMs: 100_000, describeMs: 30_000 };

const OWN_PROPERTIES = {
  driver: { type: 'string', description: 'The storage driver behind it, by its name.' },
  parameters: {
    type: 'object',
    description: 'The parameters of that driver.',
    // Which of them are secret is not known before that driver was asked.
    'x-secret': true,
  },
  directories: {
    type: 'array',
    items: { type: 'string' },
    description: 'Where that driver is searched for before the PATH.',
    'x-path': true,
  },
};

/**
 * Middleware as a driver of its own, which starts the one behind it as a process.
 *
 * @param name - of the driver, where it is not that of the middleware
 */
export function middlewareFactory(middleware: DriverMiddleware, name = middleware.name): DriverFactory {
  const { version, options } = middleware;
  return {
    name,
    version,
    parameters: {
      ...options,
      properties: { ...OWN_PROPERTIES, ...asRecord(options.properties) },
      required: ['driver', ...(Array.isArray(options.required) ? (options.required as unknown[]) : [])],
    },
    environment: ENVIRONMENT,
    capabilities: middleware.capabilities(ANY),
    create: async (parameters) => create(middleware, name, parameters),
  };
}

async function create(
  middleware: DriverMiddleware,
  name: string,
  parameters: Parameters,
): Promise<StorageDriver> {
  const { driver, parameters: inner, directories, ...options } = parameters;
  const { version } = middleware;
  if (typeof driver !== 'string') throw wrong(name, 'driver', 'must be the name of a storage driver');
  if (!isOptionalRecord(inner)) throw wrong(name, 'parameters', 'must be a map');
  const driverDirectories = directories ?? [];
  if (!isTexts(driverDirectories)) throw wrong(name, 'directories', 'must be a list of paths');
  const registry = new DriverRegistry({
    hostVersion: version,
    driverDirectories,
    log: STDERR_LOG,
    timings: PATIENT,
  });
  const started = await registry.create(driver, inner ?? {}).catch((error: unknown) => {
    throw error instanceof InvalidParametersError ? within(name, error) : error;
  });
  try {
    const wrapped = await middleware.wrap(started, options, { log: STDERR_LOG });
    // As a program it is a driver, and not the one behind it.
    return Object.defineProperty(wrapped, 'name', { value: name });
  } catch (error) {
    await started.close();
    throw error;
  }
}

function within(name: string, { issues }: InvalidParametersError): InvalidParametersError {
  const place = (key: string) => (key === '' ? 'parameters' : `parameters.${key}`);
  return new InvalidParametersError(
    name,
    issues.map(({ key, message }) => ({ key: place(key), message })),
  );
}

function wrong(name: string, key: string, message: string): InvalidParametersError {
  return new InvalidParametersError(name, [{ key, message }]);
}

function isOptionalRecord(value: unknown): value is Parameters | undefined {
  return value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function asRecord(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
