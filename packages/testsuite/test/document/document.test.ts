import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { describe, expect, test } from 'vitest';
import { PROTOCOL, ROOT, readSentences } from './chapters.js';
import {
  ALL_CASES,
  caseTable,
  isBinding,
  levelTable,
  proofTable,
  sentenceTable,
} from './conformance-tables.js';
import { deadlineTable } from './deadline-table.js';
import { PROOFS } from './proofs.js';

const sentences = readSentences();
const binding = sentences.filter(isBinding);
const caseIds = ALL_CASES.map(({ id }) => id);
const proofIds = PROOFS.map(({ id }) => id);
const usedIds = new Set(sentences.flatMap(({ ids }) => ids));
const where = ({ section, text }: (typeof sentences)[number]) => `${section}: ${text}`;

describe('every MUST of docs/protocol is proved', () => {
  test('there are some', () => {
    expect(binding.length).toBeGreaterThan(100);
    expect(sentences.filter(({ text }) => text.includes('MUST')).length).toBeGreaterThan(80);
  });

  test('none is without an id of a case, or of what is proved otherwise', () => {
    expect(binding.filter(({ ids }) => ids.length === 0).map(where)).toEqual([]);
  });

  test('no id is unknown', () => {
    const known = new Set([...caseIds, ...proofIds]);
    const unknown = sentences.filter(({ ids }) => ids.some((id) => !known.has(id)));
    expect(unknown.map(where)).toEqual([]);
  });

  test('no case is without a sentence', () => {
    expect(caseIds.filter((id) => !usedIds.has(id))).toEqual([]);
  });

  test('nothing that is proved otherwise is without a sentence, and its tests are there', () => {
    expect(proofIds.filter((id) => !usedIds.has(id))).toEqual([]);
    const tests = PROOFS.flatMap((proof) => proof.tests);
    expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('no id is given twice', () => {
    const all = [...caseIds, ...proofIds];
    expect(all.filter((id, i) => all.indexOf(id) !== i)).toEqual([]);
  });
});

/** File snapshots: a stale one fails here, and `npm run generate` (this file with -u) writes it anew. */
const TABLES: Readonly<Record<string, () => string>> = {
  levels: levelTable,
  sentences: () => sentenceTable(sentences),
  cases: caseTable,
  proofs: proofTable,
  deadlines: deadlineTable,
};

const MARKED = /<!-- table: ([a-z]+) -->\n[^]*?<!-- end of table -->/g;

test.each(['conformance.md', 'tables.md'])('the tables of %s', async (name) => {
  const path = join(PROTOCOL, name);
  const filled = readFileSync(path, 'utf8').replace(
    MARKED,
    (_all, table: string) =>
      `<!-- table: ${table} -->\n\n${TABLES[table]?.() ?? 'no such table'}\n\n<!-- end of table -->`,
  );
  const options = { parser: 'markdown', printWidth: 110, singleQuote: true } as const;
  await expect(await format(filled, options)).toMatchFileSnapshot(path);
});

test('where the test command says that a sentence is', async () => {
  const sections = new Map<string, string>();
  // The overviews repeat what the chapters say.
  const isOverview = ({ section }: { readonly section: string }) => /^(README|versions)\.md/.test(section);
  const ordered = [...sentences.filter((each) => !isOverview(each)), ...sentences.filter(isOverview)];
  for (const { section, ids } of ordered)
    for (const id of ids) if (!sections.has(id)) sections.set(id, section);
  const entries = caseIds.map((id) => `  ${JSON.stringify(id)}: ${JSON.stringify(sections.get(id) ?? '')},`);
  const source = `/** Generated from the chapters of docs/protocol by packages/testsuite/test/document. Do not edit. */
export const CASE_SECTIONS: Readonly<Record<string, string>> = {\n${entries.join('\n')}\n};\n`;
  const options = { parser: 'typescript', printWidth: 110, singleQuote: true } as const;
  await expect(await format(source, options)).toMatchFileSnapshot(
    join(ROOT, 'packages/testsuite/src/document/case-sections.ts'),
  );
});
