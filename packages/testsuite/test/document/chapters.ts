import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
export const PROTOCOL = join(ROOT, 'docs/protocol');

/** Those with normative sentences, in the order in which they are read. */
const CHAPTERS = ['README', 'versions', 'launch', 'framing', 'session', 'operations', 'content', 'errors'];

/** A sentence of the document, and what proves it. */
export interface Sentence {
  /** `session.md#cancel` */
  readonly section: string;
  readonly heading: string;
  /** Without the ids. */
  readonly text: string;
  readonly ids: readonly string[];
}

/** Every sentence of the normative chapters, those of generated parts and of code left out. */
export function readSentences(): Sentence[] {
  return CHAPTERS.flatMap((name) => {
    const text = readFileSync(join(PROTOCOL, `${name}.md`), 'utf8');
    return sectionsOf(text).flatMap(({ heading, body }) =>
      blocksOf(body)
        .flatMap(sentencesOf)
        .map((sentence) => ({ ...splitIds(sentence), heading, section: `${name}.md${anchorOf(heading)}` })),
    );
  });
}

function sectionsOf(text: string): { heading: string; body: string }[] {
  const prose = text
    .replace(/<!-- generated: [^]*?<!-- end of generated -->/g, '')
    .replace(/^ *```[^]*?^ *```$/gm, '');
  return prose.split(/^(?=#+ )/m).map((section) => {
    const [first = '', ...rest] = section.split('\n');
    return { heading: first.replace(/^#+ /, ''), body: rest.join('\n') };
  });
}

/** Paragraphs, items of lists and cells of tables, each on one line. */
function blocksOf(body: string): string[] {
  return body
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )|\n(?=\|)/)
    .flatMap((block) => (block.trim().startsWith('|') ? cellsOf(block) : [block]))
    .map((block) =>
      block
        .replace(/\s+/g, ' ')
        .replace(/^ ?(?:[-*]|\d+\.) /, '')
        .trim(),
    )
    .filter((block) => block !== '' && !/^-+: -+$/.test(block));
}

/** What a row says of what is in its first cell. */
function cellsOf(row: string): string[] {
  const [subject = '', ...cells] = row
    .split('|')
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '');
  return cells.map((cell) => `${subject}: ${cell}`);
}

function sentencesOf(block: string): string[] {
  return block.split(/(?<=[.!?])\s+(?=[A-Z`*"(/])/);
}

/** `[P20, cancel.reader]`, and not the text of a link. */
const IDS = /\s\[([A-Za-z][\w.-]*(?:, [A-Za-z][\w.-]*)*)\](?!\()/g;

function splitIds(sentence: string): Pick<Sentence, 'text' | 'ids'> {
  const ids = [...sentence.matchAll(IDS)].flatMap(([, list = '']) => list.split(', '));
  return { text: sentence.replace(IDS, ''), ids };
}

/** The name that GitHub gives to a heading; the first one of a page needs none. */
function anchorOf(heading: string): string {
  if (heading === '') return '';
  return `#${heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')}`;
}
