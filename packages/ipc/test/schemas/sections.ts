import { STORAGE_ERROR_CODES } from '@outrigger/driver';
import { HANDSHAKE_ERROR_NUMBERS, LIMITS, METHODS, STORAGE_ERROR_NUMBERS } from '../../src/index.js';
import { Limits } from '../../src/index.js';
import { code, seconds, tableOf } from './reference.js';

/** The tables that stand in hand-written chapters, by the names in their marks. */
export const SECTIONS: Readonly<Record<string, () => string>> = {
  limits: () =>
    tableOf(
      ['Name', 'Value in version 1', 'What it limits'],
      Object.entries(LIMITS).map(([name, value]) => [
        code(name),
        value.toLocaleString('en-US'),
        Limits.shape[name as keyof Limits].description ?? '',
      ]),
    ),
  methods: () =>
    tableOf(
      ['Method', 'Errors of its own', 'Idle limit', 'Repeatable'],
      METHODS.map(({ name, errors, idleTimeoutMs, repeatable }) => [
        code(name),
        errors.map(code).join(' '),
        seconds(idleTimeoutMs),
        repeatable ? 'yes' : 'no',
      ]),
    ),
  'storage-errors': () =>
    tableOf(
      ['Number', '`data.code`'],
      STORAGE_ERROR_CODES.map((name) => [String(STORAGE_ERROR_NUMBERS[name]), code(name)]),
    ),
  'handshake-errors': () =>
    tableOf(
      ['Number', 'Name'],
      Object.entries(HANDSHAKE_ERROR_NUMBERS).map(([name, number]) => [String(number), code(name)]),
    ),
};

const MARKED = /<!-- generated: ([^ ]+) -->\n[^]*?<!-- end of generated -->/g;

/** A chapter with its marked sections filled; `sources` answers the content of files that are shown in it. */
export function fillSections(chapter: string, sources: (path: string) => string): string {
  return chapter.replace(MARKED, (_all, name: string) => {
    const content = SECTIONS[name]?.() ?? fenced(name, sources(name));
    return `<!-- generated: ${name} -->\n\n${content}\n\n<!-- end of generated -->`;
  });
}

function fenced(path: string, source: string): string {
  const language = path.endsWith('.py') ? 'python' : 'ts';
  return `\`\`\`${language}\n${source.trimEnd()}\n\`\`\``;
}
