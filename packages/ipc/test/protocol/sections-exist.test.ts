import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { METHODS, cancelRequest, exit, initialized, progress, referenceOf } from '../../src/index.js';

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const protocol = fileURLToPath(new URL('../../../../docs/protocol/', import.meta.url));

/** What a message may send its reader to: every heading of a chapter, as GitHub names it. */
function sectionsOf(chapter: string): string[] {
  const headings = readFileSync(join(protocol, chapter), 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) => {
    const name = heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-');
    return `${chapter}#${name}`;
  });
}

const named = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => [...readFileSync(join(source, path), 'utf8').matchAll(/\b([a-z-]+\.md#[a-z-]+)/g)])
  .map(([, section = '']) => section);

test.each([...new Set(named)])('%s, which a message names, is there', (section) => {
  expect(sectionsOf(section.split('#')[0] ?? '')).toContain(section);
});

test('messages name sections', () => {
  expect(new Set(named).size).toBeGreaterThan(3);
});

test.each([...METHODS, initialized, exit, cancelRequest, progress])('$name has a section', ({ name }) => {
  expect(sectionsOf('reference.md')).toContain(referenceOf(name));
});
