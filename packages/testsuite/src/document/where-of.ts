import { CASE_SECTIONS } from './case-sections.js';

/** Where the document has the sentence that a case proves: `docs/protocol/session.md#cancel`. */
export function whereOf(id: string): string | undefined {
  const section = CASE_SECTIONS[id];
  return section === undefined ? undefined : `docs/protocol/${section}`;
}
