import { RegistryError } from '../registry-error.js';
import type { Call } from './call.js';

/** @throws RegistryError UNSUPPORTED where nothing may be deleted: no tag, manifest or blob */
export function checkDeleteEnabled({ service }: Call): void {
  if (!service.settings.deleteEnabled) throw new RegistryError('UNSUPPORTED', 'deleting is disabled');
}
