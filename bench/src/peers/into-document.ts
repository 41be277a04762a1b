import { readFile, writeFile } from 'node:fs/promises';

const BEGIN = '<!-- bench:peers begin -->';
const END = '<!-- bench:peers end -->';

/**
 * Puts text into a Markdown file, between the two comments that mark the place.
 *
 * @throws Error the file has no such place
 */
export async function intoDocument(file: string, text: string): Promise<void> {
  const document = await readFile(file, 'utf8');
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${file} has no ${BEGIN} with ${END} after it`);
  const before = document.slice(0, begin + BEGIN.length);
  await writeFile(file, `${before}\n\n\`\`\`text\n${text.trim()}\n\`\`\`\n\n${document.slice(end)}`);
}
