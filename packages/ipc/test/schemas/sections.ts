import { STORAGE_ERROR_CODES } from '@outrigger/driver';
import { HANDSHAKE_ERROR_NUMBERS, LIMITS, METHODS, STORAGE_ERROR_NUMBERS } from '../../src/index.js';
import { Limits } from '../../src/index.js';
import { QUICK_MS } from '../../src/protocol/method.js';
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
  'method-rules': () =>
    tableOf(
      ['Method', 'Counts towards `concurrency`', 'A cancel', 'Progress'],
      METHODS.map(({ name, idleTimeoutMs }) => [
        code(name),
        UNCOUNTED.has(name) ? 'no' : OVER_SOCKET.has(name) ? 'yes; not while bytes go over a socket' : 'yes',
        UNCANCELLED.test(name) ? 'SHOULD be ignored: the driver finishes' : 'MAY stop it',
        idleTimeoutMs > QUICK_MS ? 'every 5 s when it is long' : 'not needed',
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

/** session.md#concurrency, session.md#cancel. */
const UNCOUNTED = new Set(['initialize', 'ping', 'shutdown']);
const OVER_SOCKET = new Set(['read', 'writer/write']);
const UNCANCELLED = /^(put|move|delete|writer\/.*)$/;

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
