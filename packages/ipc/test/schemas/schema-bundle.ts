import { z } from 'zod';
import {
  CapabilitiesValue,
  DataPlane,
  Description,
  ErrorData,
  FileInfoValue,
  Limits,
  METHODS,
  Preamble,
  cancelRequest,
  exit,
  initialized,
  progress,
} from '../../src/index.js';
import { HandshakeErrorData } from './handshake-error-data.js';
import { LogLine } from './log-line.js';
import { MESSAGE } from './message-schema.js';

type Schema = Record<string, unknown>;

/** Values that appear in many places: they become definitions of their own, so that code generators name their types. */
const SHARED = {
  FileInfo: FileInfoValue,
  Capabilities: CapabilitiesValue,
  Limits,
  DataPlane,
} satisfies Record<string, z.ZodType>;

export const NOTIFICATIONS = [
  { ...initialized, from: 'host' },
  { ...exit, from: 'host' },
  { ...cancelRequest, from: 'host' },
  { ...progress, from: 'driver' },
] as const;

/** Everything that goes over the wire, as one JSON Schema (draft 2020-12) with a definition for each thing. */
export function schemaBundle(): Schema {
  for (const [id, schema] of Object.entries(SHARED))
    z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id });
  const definitions: Schema = {
    Message: MESSAGE,
    ErrorData: definitionOf(ErrorData),
    HandshakeErrorData: definitionOf(HandshakeErrorData),
    Preamble: definitionOf(Preamble),
    Description: definitionOf(Description),
    LogLine: definitionOf(LogLine),
  };
  for (const [name, schema] of Object.entries(SHARED)) definitions[name] = definitionOf(schema);
  for (const { name, params, result } of METHODS) {
    definitions[`${name}.params`] = schemaOf(params);
    definitions[`${name}.result`] = schemaOf(result);
  }
  for (const { name, params } of NOTIFICATIONS) definitions[`${name}.params`] = schemaOf(params);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Outrigger storage driver protocol, version 1',
    description:
      'Generated from the code. Every object may have more fields than are named here: a reader ignores them.',
    $ref: '#/$defs/Message',
    $defs: definitions,
  };
}

/** A shared schema as a reference to its definition, any other as itself. */
function schemaOf(schema: z.ZodType): Schema {
  const id = z.globalRegistry.get(schema)?.id;
  return id === undefined ? definitionOf(schema) : { $ref: `#/$defs/${id}` };
}

/** What is shared stays a reference inside. */
function definitionOf(schema: z.ZodType): Schema {
  const { $schema: _dialect, $defs, ...own } = z.toJSONSchema(schema, { io: 'input' });
  const shared = z.globalRegistry.get(schema)?.id;
  const { id: _id, ...definition }: Schema = shared === undefined ? own : ($defs?.[shared] ?? own);
  return definition;
}
