import type { DriverFactory } from '@outrigger/driver';
import { CAPABILITIES } from './capabilities.js';
import { DRIVER_NAME, parameterSchema, parseParameters } from './config.js';

/** The driver `sftp`: content in files below a directory of an SFTP server. The driver that it makes takes paths as checked. */
export const sftp: DriverFactory = {
  name: DRIVER_NAME,
  version: '0.1.0',
  parameters: parameterSchema,
  environment: ['SSH_AUTH_SOCK'],
  capabilities: CAPABILITIES,
  async create(parameters) {
    const config = parseParameters(parameters);
    // The SSH library takes long to load, and a description does without it.
    const { createSftpDriver } = await import('./driver.js');
    return await createSftpDriver(config);
  },
};
