import { METHODS } from '../../src/index.js';
import { schemaBundle } from './schema-bundle.js';
import { NOTIFICATIONS } from './schema-bundle.js';

interface Shape {
  readonly type?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: unknown;
  readonly required?: readonly string[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly default?: unknown;
}

const WAYS = { true: 'yes', false: 'no' } as const;

/** Every message with its fields, as Markdown. */
export function reference(): string {
  const definitions = schemaBundle().$defs as Readonly<Record<string, Shape>>;
  const shapeOf = (name: string): Shape => definitions[name] ?? {};
  const methods = METHODS.map(({ name, summary, errors, idleTimeoutMs, repeatable }) =>
    [
      `## \`${name}\``,
      summary,
      `Params: ${fieldsOf(shapeOf(`${name}.params`))}`,
      `Result: ${fieldsOf(shapeOf(`${name}.result`))}`,
      `Errors of its own: ${errors.length === 0 ? 'none' : errors.map(code).join(', ')}. Idle limit: ${seconds(idleTimeoutMs)}. Repeatable after a lost reply: ${WAYS[`${repeatable}`]}.`,
    ].join('\n\n'),
  );
  const notifications = NOTIFICATIONS.map(
    ({ name, from }) => `## \`${name}\`\n\nFrom the ${from}. Params: ${fieldsOf(shapeOf(`${name}.params`))}`,
  );
  const values = [
    'FileInfo',
    'Capabilities',
    'ErrorData',
    'HandshakeErrorData',
    'Preamble',
    'Description',
    'LogLine',
  ];
  const shared = values.map((name) => `## ${name}\n\n${fieldsOf(shapeOf(name))}`);
  return [
    '# Reference of version 1',
    '<!-- Generated from the code by packages/ipc/test/schemas. Do not edit. -->',
    'What every message carries. The rules are in the [protocol document](README.md), the same as JSON Schema in [schema/](schema). Integers are exact up to 2^53 - 1. Fields that are not named here are ignored. `?` marks a field that may be absent.',
    '# Requests, all of them from the host',
    ...methods,
    '# Notifications',
    ...notifications,
    '# Values',
    ...shared,
  ].join('\n\n');
}

function fieldsOf(shape: Shape): string {
  if (shape.$ref !== undefined) return `${linkTo(shape.$ref)}.`;
  if (shape.anyOf !== undefined) {
    const each = shape.anyOf.map((option) => `${option.description ?? ''}\n\n${fieldsOf(option)}`);
    return `one of\n\n${each.join('\n\n')}`;
  }
  const fields = Object.entries(shape.properties ?? {});
  if (fields.length === 0) return '`{}`';
  return `\n\n${tableOf(
    ['Field', 'Type', 'Meaning'],
    fields.flatMap(([name, field]) => rowsOf(name, field, shape.required ?? [])),
  )}`;
}

function rowsOf(name: string, field: Shape, required: readonly string[]): string[][] {
  const mark = required.includes(name) ? '' : '?';
  const inner = field.properties ?? field.items?.properties;
  const innerRequired = field.properties === undefined ? field.items?.required : field.required;
  const prefix = field.properties === undefined ? `${name}[].` : `${name}.`;
  return [
    [`\`${name}\`${mark}`, typeOf(field), field.description ?? ''],
    ...Object.entries(inner ?? {}).flatMap(([key, each]) =>
      rowsOf(
        `${prefix}${key}`,
        each,
        (innerRequired ?? []).map((needed) => prefix + needed),
      ),
    ),
  ];
}

function typeOf(field: Shape): string {
  if (field.$ref !== undefined) return linkTo(field.$ref);
  if (field.enum !== undefined) return field.enum.map(code).join(' or ');
  if (field.anyOf !== undefined) return field.anyOf.map(typeOf).join(' or ');
  if (field.items !== undefined) {
    const most = field.maxItems === undefined ? '' : `, at most ${String(field.maxItems)}`;
    return `array of ${typeOf(field.items)}${most}`;
  }
  return `${field.type ?? 'any'}${boundsOf(field)}`;
}

function boundsOf({ maxLength, minimum, maximum, exclusiveMinimum }: Shape): string {
  if (maxLength !== undefined) return `, at most ${String(maxLength)} characters`;
  if (exclusiveMinimum !== undefined) return ` > ${String(exclusiveMinimum)}`;
  if (minimum === undefined || minimum < 0) return '';
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : `, <= ${String(maximum)}`;
  return ` >= ${String(minimum)}${most}`;
}

function linkTo(ref: string): string {
  const name = ref.replace('#/$defs/', '');
  return name === 'Limits'
    ? '[Limits](framing.md#limits)'
    : name === 'DataPlane'
      ? 'data plane'
      : `[${name}](#${name.toLowerCase()})`;
}

/** A Markdown table; a bar in a cell would end it. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function seconds(milliseconds: number): string {
  return `${String(milliseconds / 1000)} s`;
}
