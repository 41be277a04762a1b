import type { DriverFactory } from '@outrigger/driver';
import { InvalidParametersError } from '@outrigger/driver';
import { CAPABILITIES, DRIVER_NAME, createMemoryDriver } from './driver.js';

/** The driver `inmemory`: no parameters, and nothing survives the process. The driver that it makes takes paths as checked. */
export const inmemory: DriverFactory = {
  name: DRIVER_NAME,
  version: '0.1.0',
  parameters: { type: 'object', properties: {}, additionalProperties: false },
  environment: [],
  capabilities: CAPABILITIES,
  create: async (parameters) => {
    const issues = Object.keys(parameters).map((key) => ({ key, message: 'unknown parameter' }));
    if (issues.length > 0) throw new InvalidParametersError(DRIVER_NAME, issues);
    return createMemoryDriver();
  },
};
