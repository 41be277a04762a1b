import { preset, told } from '../containers.js';
import { choice } from '../leaves.js';

/** How repositories lie in a store. */
export type LayoutName = 'distribution' | 'oci';

export function layoutKey() {
  return told(
    preset(choice(['distribution', 'oci']), 'distribution'),
    'How repositories lie in the store: as Distribution has them, or as one OCI image layout each, which other tools read and write.',
  );
}
