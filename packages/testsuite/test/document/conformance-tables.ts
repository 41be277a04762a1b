import type { ConformanceCase } from '../../src/index.js';
import { LEVEL_NAMES, contractCases, protocolCases } from '../../src/index.js';
import { levelsOf } from '../../src/level-names.js';
import type { Sentence } from './chapters.js';
import { PROOFS } from './proofs.js';

type AnyCase = Pick<ConformanceCase, 'id' | 'name' | 'promise' | 'requires' | 'plane'>;

/** What marks a normative sentence: that it binds, or that it is proved. */
export function isBinding({ text, ids }: Sentence): boolean {
  return (/\bMUST\b/.test(text) && !text.includes('RFC 2119')) || ids.length > 0;
}

/** Every case by the plane that a case of the contract runs over in a whole run; each once. */
export const ALL_CASES: readonly AnyCase[] = [...contractCases, ...protocolCases];

const WHAT: Readonly<Record<string, string>> = {
  core: 'The contract over `inline`, and the protocol itself. Every driver has it.',
  socket: 'The same contract over the plane `socket`, and its own cases.',
  file: 'The same contract over the plane `file`, and its own cases.',
};

/** A level a row, with the number of cases that count for it. */
export function levelTable(): string {
  const rows = LEVEL_NAMES.map((level) => {
    const isPlane = level === 'socket' || level === 'file';
    const ofContract = contractCases.filter((each) =>
      levelsOf(each, isPlane ? level : 'inline').includes(level),
    );
    const ofProtocol = protocolCases.filter((each) => levelsOf(each, undefined).includes(level));
    const what = WHAT[level] ?? `The capability \`${level}\`, on every plane that is tested.`;
    return [code(level), what, String(ofContract.length), String(ofProtocol.length)];
  });
  return tableOf(['Level', 'What it says', 'Cases of the contract', 'Cases of the protocol'], rows);
}

/** Every normative sentence with its cases. */
export function sentenceTable(sentences: readonly Sentence[]): string {
  const rows = sentences
    .filter(isBinding)
    .map(({ section, heading, text, ids }) => [
      `[${heading}](${section})`,
      relinked(text),
      ids.map(code).join(' '),
    ]);
  return tableOf(['Where', 'Sentence', 'Proved by'], rows);
}

/** Every case, with the level that it counts for. */
export function caseTable(): string {
  const rows = ALL_CASES.map((each) => {
    const levels = protocolCases.some(({ id }) => id === each.id)
      ? levelsOf(each, undefined)
      : (each.requires ?? ['each plane']);
    return [code(each.id), each.name, levels.join(', ')];
  });
  return tableOf(['Case', 'What it looks at', 'Level'], rows);
}

/** What no case can prove. */
export function proofTable(): string {
  const rows = PROOFS.map(({ id, reason, tests }) => [
    code(id),
    reason,
    tests.length === 0 ? 'by hand' : tests.map((path) => code(path)).join(' '),
  ]);
  return tableOf(['Id', 'Why', 'Where'], rows);
}

/** Links inside a chapter, seen from another page: their text is enough. */
function relinked(text: string): string {
  return text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** A Markdown table; a bar in a cell would end it. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
