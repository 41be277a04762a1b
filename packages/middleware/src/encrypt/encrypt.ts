import { InvalidParametersError } from '@outrigger/driver';
import type { DriverMiddleware } from '../driver-middleware.js';
import { withoutShortcuts } from '../forward.js';
import { createEncryptedDriver } from './driver.js';
import type { KeySource, Keyring } from './keys.js';
import { openKeyring } from './keys.js';
import { encryptSchema, parseEncryptOptions } from './options.js';

/** `encrypt`: the store has nothing but ciphertext. */
export const encrypt: DriverMiddleware = {
  name: 'encrypt',
  version: '0.1.0',
  options: encryptSchema,
  capabilities: withoutShortcuts,
  async wrap(inner, options) {
    return createEncryptedDriver(inner, await open(parseEncryptOptions(options)));
  },
};

async function open(source: KeySource): Promise<Keyring> {
  try {
    return await openKeyring(source);
  } catch (error) {
    const key = 'file' in source ? 'keyfile' : 'keycommand';
    throw new InvalidParametersError('encrypt', [
      { key, message: error instanceof Error ? error.message : 'is wrong' },
    ]);
  }
}
