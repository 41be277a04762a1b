import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { describe, expect, test } from 'vitest';
import { methodTable } from './method-table.js';
import { openRpc } from './open-rpc.js';
import { reference } from './reference.js';
import { schemaBundle } from './schema-bundle.js';
import { fillSections } from './sections.js';

/** The documents are file snapshots: a stale one fails here, and `npm run generate` (this file with -u) writes it anew. */
const root = fileURLToPath(new URL('../../../../', import.meta.url));
const protocol = join(root, 'docs/protocol');
const chapters = ['docs/protocol', 'docs/drivers'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md') && name !== 'reference.md')
    .map((name) => `${folder}/${name}`),
);

const json = (value: object) => format(JSON.stringify(value), { parser: 'json', printWidth: 110 });
const markdown = (text: string) => format(text, { parser: 'markdown', printWidth: 110, singleQuote: true });

describe('docs/protocol says what the code says', () => {
  test('schema/protocol.schema.json', async () => {
    await expect(await json(schemaBundle())).toMatchFileSnapshot(
      join(protocol, 'schema/protocol.schema.json'),
    );
  });

  test('schema/methods.json', async () => {
    await expect(await json(methodTable())).toMatchFileSnapshot(join(protocol, 'schema/methods.json'));
  });

  test('schema/openrpc.json', async () => {
    await expect(await json(openRpc())).toMatchFileSnapshot(join(protocol, 'schema/openrpc.json'));
  });

  test('reference.md', async () => {
    await expect(await markdown(reference())).toMatchFileSnapshot(join(protocol, 'reference.md'));
  });

  test.each(chapters)('the marked sections of %s', async (path) => {
    const chapter = join(root, path);
    const filled = fillSections(readFileSync(chapter, 'utf8'), (source) =>
      readFileSync(join(root, source), 'utf8'),
    );
    await expect(await markdown(filled)).toMatchFileSnapshot(chapter);
  });
});

test('every reference in the schemas leads to a definition that is not just a reference to itself', () => {
  const bundle = schemaBundle();
  const definitions = bundle.$defs as Readonly<Record<string, object>>;
  const text = JSON.stringify(bundle) + JSON.stringify(methodTable());
  const names = [...text.matchAll(/#\/\$defs\/([^"]+)"/g)].map(([, name = '']) => name.replaceAll('~1', '/'));
  expect(names.length).toBeGreaterThan(40);
  for (const name of names) expect(definitions[name], name).toBeDefined();
  for (const [name, definition] of Object.entries(definitions))
    expect(definition).not.toEqual({ $ref: `#/$defs/${name}` });
});
