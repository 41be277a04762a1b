import type { DriverFactory } from '@outrigger/driver';
import { OBJECT_CAPABILITIES } from '@outrigger/object-store';
import { parameterSchema, parseParameters } from './config.js';
import { DRIVER_NAME } from './parameters.js';

/** The driver `swift`: content in a container of OpenStack Swift, or of a store that speaks like it. */
export const swift: DriverFactory = {
  name: DRIVER_NAME,
  version: '0.1.0',
  parameters: parameterSchema,
  // Not OS_*: what a shell has for another cloud would quietly decide where the registry keeps its content.
  environment: [],
  capabilities: { ...OBJECT_CAPABILITIES, redirectURL: true },
  async create(parameters) {
    const config = parseParameters(parameters);
    // The HTTP client takes long to load, and a description does without it.
    const { createSwiftDriver } = await import('./driver.js');
    return await createSwiftDriver(config);
  },
};
