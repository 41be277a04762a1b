import type { DriverFactory } from '@outrigger/driver';
import { DRIVER_NAME, parameterSchema, parseParameters } from './config.js';
import { CAPABILITIES, createFilesystemDriver } from './driver.js';

/** The driver `filesystem`: content in files below a local directory. The driver that it makes takes paths as checked. */
export const filesystem: DriverFactory = {
  name: DRIVER_NAME,
  version: '0.1.0',
  parameters: parameterSchema,
  environment: [],
  capabilities: CAPABILITIES,
  create: async (parameters) => createFilesystemDriver(parseParameters(parameters)),
};
