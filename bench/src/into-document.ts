import { readFile, writeFile } from 'node:fs/promises';

/**
 * Puts text into a Markdown file, between the two comments that mark the place: `<!-- <name> begin -->` and `<!-- <name> end -->`.
 *
 * @throws Error the file has no such place
 */
export async function intoDocument(file: string, name: string, text: string): Promise<void> {
  const marks = [`<!-- ${name} begin -->`, `<!-- ${name} end -->`] as const;
  const document = await readFile(file, 'utf8');
  const [begin, end] = marks.map((mark) => document.indexOf(mark));
  if (begin === undefined || end === undefined || begin === -1 || end < begin)
    throw new Error(`${file} has no ${marks[0]} with ${marks[1]} after it`);
  const before = document.slice(0, begin + marks[0].length);
  await writeFile(file, `${before}\n\n${text.trim()}\n\n${document.slice(end)}`);
}
