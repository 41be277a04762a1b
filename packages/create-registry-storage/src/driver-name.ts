import { ScaffoldError } from './scaffold-error.js';

/** What hosts look for: docs/protocol/launch.md. */
const NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** These keys of `storage` in a configuration name no driver. */
const KEYS = ['cache', 'delete', 'maintenance', 'redirect', 'tag'];

/** @throws ScaffoldError when no driver can be called so */
export function checkDriverName(name: string): void {
  if (!NAME.test(name))
    throw new ScaffoldError(
      `${JSON.stringify(name)} is no name of a driver: 1 to 32 lowercase letters, digits and dashes, and a letter first`,
    );
  if (name.startsWith('registry-storage-'))
    throw new ScaffoldError(`leave registry-storage- out: the program of the driver x is registry-storage-x`);
  if (name.endsWith('-'))
    throw new ScaffoldError(`${name} ends with a dash, which names of packages may not have there`);
  if (KEYS.includes(name))
    throw new ScaffoldError(`no driver can be called ${name}: that key of "storage" is no driver's`);
}
