import type { ParameterSchema } from '@outrigger/driver';

type Schema = Readonly<Record<string, unknown>>;

/** The parameters of a driver as a table in Markdown: nested ones by their whole names. */
export function parameterTable(schema: ParameterSchema): string {
  const rows = rowsOf(schema, '');
  if (rows.length === 0) return 'It has no parameters.';
  const head = ['| parameter | form | default | |', '| --- | --- | --- | --- |'];
  return [...head, ...rows.map((cells) => `| ${cells.map(escape).join(' | ')} |`)].join('\n');
}

function rowsOf(schema: Schema, prefix: string): string[][] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(asRecord(schema.properties)).flatMap(([key, value]) => {
    const property = asRecord(value);
    const name = `${prefix}${key}`;
    const nested = nestedMap(property);
    const own = rowOf(name, property, required.includes(key));
    if (nested === undefined) return [own];
    const below = rowsOf(nested, `${name}.`);
    return typeof property.description === 'string' ? [own, ...below] : below;
  });
}

function rowOf(name: string, property: Schema, isRequired: boolean): string[] {
  const { description, default: preset } = property;
  const notes = [
    isRequired ? '**Required.**' : '',
    isFlagged(property, 'x-secret') ? 'Secret.' : '',
    typeof description === 'string' ? description : '',
  ];
  return [
    code(name),
    formOf(property),
    preset === undefined ? '' : code(typeof preset === 'string' ? preset : JSON.stringify(preset)),
    notes.filter((note) => note !== '').join(' '),
  ];
}

/** What may be written, in few words. */
function formOf(schema: Schema): string {
  const { enum: words, const: only, pattern } = schema;
  const branches = branchesOf(schema);
  if (branches.length > 0) return formOfBranches(branches);
  if (Array.isArray(words)) return words.map((word) => code(String(word))).join(', ');
  if (only !== undefined) return code(JSON.stringify(only));
  const types = [schema.type].flat().map(String);
  // A text that may look like a number.
  const type = types.includes('string') ? 'string' : types.join();
  if (type === 'string' && typeof pattern === 'string')
    return isOfDigits(pattern) ? 'number' : formOfText(pattern);
  return `${FORMS[type] ?? 'anything'}${rangeOf(schema)}`;
}

/** The environment writes everything as text: the words for a truth value, and the digits of a number, are the same once more. */
function formOfBranches(branches: readonly Schema[]): string {
  if (branches.some(({ type }) => type === 'boolean')) return 'true, false';
  const forms = [...new Set(branches.flatMap((branch) => formOf(branch).split(', ')))];
  if (!forms.includes('number'))
    return forms.join(forms.every((form) => form.startsWith('`')) ? ', ' : ' or ');
  return branches.map(formOf).find((form) => form.startsWith('number,')) ?? 'number';
}

function formOfText(pattern: string): string {
  return pattern.includes('ms|s|m|h') ? 'duration' : 'text';
}

const FORMS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  number: 'number',
  boolean: 'true, false',
  object: 'map',
  array: 'list',
};

function rangeOf({ type, minimum, maximum }: Schema): string {
  if (type !== 'integer' && type !== 'number') return '';
  // The ends of what a double holds exactly are no limits of the driver.
  const from = typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const to = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (from === undefined && to === undefined) return '';
  if (to === undefined) return `, at least ${String(from)}`;
  return from === undefined ? `, at most ${String(to)}` : `, ${String(from)} to ${String(to)}`;
}

/** A text that can only be a number is how the environment writes one. */
function isOfDigits(pattern: string): boolean {
  return pattern.startsWith('^') && !/[A-Za-z]/.test(pattern.replaceAll('\\d', ''));
}

function branchesOf({ anyOf, oneOf }: Schema): Schema[] {
  const branches: unknown = anyOf ?? oneOf;
  return Array.isArray(branches) ? branches.map(asRecord) : [];
}

function nestedMap(property: Schema): Schema | undefined {
  return [property, ...branchesOf(property)].find(({ properties }) => properties !== undefined);
}

function isFlagged(schema: Schema, flag: string): boolean {
  return schema[flag] === true || branchesOf(schema).some((branch) => isFlagged(branch, flag));
}

function asRecord(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? (value as Schema) : {};
}

function code(text: string): string {
  return `\`${text}\``;
}

function escape(cell: string): string {
  return cell.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
}
