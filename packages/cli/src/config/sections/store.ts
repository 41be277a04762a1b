import { list, required, section, told } from '../containers.js';
import { text } from '../leaves.js';
import { gcSection } from './gc.js';
import { layoutKey } from './layout.js';
import { retentionSection } from './retention.js';
import { middlewareSection } from './middleware.js';
import { storageSection } from './storage.js';

/** Sections of `outrigger` that a store may have for itself. */
const sections = { layout: layoutKey(), gc: gcSection, retention: retentionSection };

export const STORE_SECTIONS: readonly string[] = Object.keys(sections);

export const storesSection = told(
  list(
    section({
      prefix: told(
        required(text),
        'The repository of this name, and all below it, are in this store. Of two prefixes the longer one counts.',
      ),
      storage: told(
        storageSection,
        'A driver with its parameters. What is not said beside it is as in the storage section of the registry.',
      ),
      middleware: middlewareSection,
      ...sections,
    }),
  ),
  'Stores beside that of the storage section, for the repositories below a prefix.',
);
