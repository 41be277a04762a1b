import { STATUS } from '../../src/config/keys.js';
import type { Outline } from '../../src/config/outline.js';
import { OUTLINE } from '../../src/config/outline.js';

const HEAD = `# Every key of the configuration

Made from the schema by a test of the configuration; [configuration.md](configuration.md) explains. "later" is a warning when the key is there,
"refused" an error, "no effect" a warning with the reason.

| key | form | default | |
| --- | --- | --- | --- |
`;

/** The table of all keys, in Markdown. */
export function keyTable(): string {
  const rows = rowsOf(OUTLINE, '', '');
  return `${HEAD}${rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function rowsOf(outline: Outline, name: string, status: string): string[][] {
  const own = status === '' ? statusOf(name.replaceAll('[]', '')) : status;
  if (own.startsWith('no effect') && outline.kind !== 'leaf') return [[code(name), 'anything', '', own]];
  if (outline.kind === 'list' && outline.item.kind !== 'leaf') return rowsOf(outline.item, `${name}[]`, own);
  if (outline.kind !== 'map') return [[code(name), formOf(outline), presetOf(outline), noteOf(outline, own)]];
  const below = (key: string) => (name === '' ? key : `${name}.${key}`);
  return [
    ...[...outline.keys].flatMap(([key, child]) => rowsOf(child, below(key), own)),
    ...(outline.rest === undefined ? [] : rowsOf(outline.rest, below('<name>'), own)),
  ];
}

function statusOf(name: string): string {
  const status = STATUS[name] ?? 'used';
  if (status === 'used') return '';
  return typeof status === 'string' ? status : `no effect: ${status.because}`;
}

function formOf(outline: Outline): string {
  if (outline.kind === 'list') return `list of ${formOf(outline.item)}`;
  if (outline.kind !== 'leaf') return 'anything';
  const { enum: words, type, pattern, anyOf } = outline.meta.form ?? {};
  if (Array.isArray(words))
    return words.length > 6 ? 'one of a list' : [...new Set(words.map(String))].join(', ');
  if (pattern !== undefined) return 'duration';
  if (Array.isArray(anyOf)) return 'number, or auto';
  if (Array.isArray(type)) return type[0] === 'boolean' ? 'true, false or text' : 'text';
  return type === 'boolean' ? 'true, false' : 'number';
}

function presetOf({ meta: { preset } }: Outline): string {
  return preset === undefined ? '' : code(String(preset));
}

function noteOf({ meta }: Outline, status: string): string {
  const notes = [status, meta.secret === true ? 'secret' : '', meta.description ?? ''];
  return notes
    .filter((note) => note !== '')
    .join('. ')
    .replaceAll('|', '\\|');
}

function code(text: string): string {
  return `\`${text}\``;
}
