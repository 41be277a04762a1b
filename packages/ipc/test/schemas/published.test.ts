import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import jsonSchema from '@json-schema-tools/meta-schema';
import * as openRpcMetaSchema from '@open-rpc/meta-schema';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { METHODS } from '../../src/index.js';
import { createMemory, toValue } from '../transcripts/pattern.js';
import type { Transcript } from '../transcripts/transcript.js';
import { readTranscripts } from '../transcripts/transcript.js';
import { NOTIFICATIONS } from './schema-bundle.js';

/** What is published is tried as others would use it: with a validator that knows nothing of our code. */
const folder = new URL('../../../../docs/protocol/schema/', import.meta.url);
/** Its types say nothing of the schema itself. */
const { openrpcDocument } = openRpcMetaSchema as object as { openrpcDocument: object };
const read = (name: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(name, folder)), 'utf8')) as Record<string, unknown>;

describe('openrpc.json', () => {
  const document = read('openrpc.json');

  test('is valid by the meta-schema of OpenRPC', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    for (const $id of ['https://meta.json-schema.tools', 'https://meta.json-schema.tools/'])
      ajv.addSchema({ ...withoutDialect(jsonSchema), $id });
    const isValid = ajv.compile(withoutDialect(openrpcDocument));
    isValid(document);
    expect(isValid.errors).toBeNull();
    expect(isValid({ ...document, methods: [{ name: 'stat' }] })).toBe(false);
  });

  test('has every method and notification, and every reference leads somewhere', () => {
    const { methods, components } = document as {
      methods: { name: string }[];
      components: { schemas: Record<string, unknown> };
    };
    expect(methods.map(({ name }) => name)).toEqual([...METHODS, ...NOTIFICATIONS].map(({ name }) => name));
    const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
    for (const [, name = ''] of references) expect(Object.keys(components.schemas)).toContain(name);
  });
});

describe('protocol.schema.json', () => {
  const bundle = read('protocol.schema.json');
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(bundle, 'protocol');
  const validatorOf = (name: string) =>
    ajv.getSchema(`protocol#/$defs/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);

  test.each([...METHODS, ...NOTIFICATIONS].map(({ name }) => name))('has the params of %s', (name) => {
    expect(validatorOf(`${name}.params`)).toBeDefined();
  });

  test.each(METHODS.map(({ name }) => name))('has the result of %s', (name) => {
    expect(validatorOf(`${name}.result`)).toBeDefined();
  });

  test('refuses what is wrong', () => {
    expect(validatorOf('stat.result')?.({ path: '/a', size: -1, modTime: 0, isDir: false })).toBe(false);
    expect(validatorOf('Message')?.({ jsonrpc: '2.0', id: null, result: {} })).toBe(false);
    expect(validatorOf('LogLine')?.({ level: 'info', msg: 7 })).toBe(false);
    expect(validatorOf('LogLine')?.({ level: 30, msg: 'ready', pid: 1 })).toBe(true);
  });

  // The lies are there to be refused; what no driver answers is asked wrongly.
  const honest = readTranscripts().filter(
    ({ replay, transcript }) => replay.includes('host') && !transcript.startsWith('lie-'),
  );
  test.each(honest)('takes every message of the transcript $transcript', (transcript) => {
    for (const { definition, value } of valuesOf(transcript)) {
      const isValid = validatorOf(definition);
      void isValid?.(value);
      expect(isValid?.errors, `${definition}: ${JSON.stringify(value)}`).toBeNull();
    }
  });
});

/** Both name a dialect of their own, which is draft 07. */
function withoutDialect(schema: unknown): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = schema as Record<string, unknown>;
  return rest;
}

/** Every message of a transcript and its parts, each with the definition that it has to be of. */
function valuesOf({ steps }: Transcript): { definition: string; value: unknown }[] {
  const memory = createMemory();
  const methods = new Map<unknown, string>();
  const known = new Set([...METHODS, ...NOTIFICATIONS].map(({ name }) => name));
  return steps.flatMap((step) => {
    if (!('message' in step)) return [];
    const message = toValue(step.message, memory) as Record<string, unknown>;
    const { id, method, params, result } = message;
    if (typeof method === 'string' && id !== undefined) methods.set(id, method);
    const name = typeof method === 'string' ? method : (methods.get(id) ?? '');
    const parts = [{ definition: 'Message', value: message as unknown }];
    if (known.has(name) && params !== undefined) parts.push({ definition: `${name}.params`, value: params });
    if (known.has(name) && result !== undefined) parts.push({ definition: `${name}.result`, value: result });
    return parts;
  });
}
