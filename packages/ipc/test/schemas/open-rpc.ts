import { METHODS } from '../../src/index.js';
import { ERROR_NUMBERS } from './method-table.js';
import { NOTIFICATIONS, schemaBundle } from './schema-bundle.js';

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

type Definitions = Readonly<Record<string, ObjectSchema>>;

/** What every operation may answer besides its own errors, and what every request may. */
const COMMON_ERRORS = [
  'UNAVAILABLE',
  'CANCELLED',
  'INTERNAL',
  'NOT_INITIALIZED',
  'METHOD_NOT_FOUND',
  'INVALID_PARAMS',
];
const HANDSHAKE_ERRORS = ['ALREADY_INITIALIZED', 'NO_COMMON_VERSION', 'INVALID_PARAMETERS', 'INVALID_PARAMS'];
const SHARED = ['FileInfo', 'Capabilities', 'Limits', 'DataPlane'];

/** The protocol as an OpenRPC document, for generators of clients, servers and pages. */
export function openRpc(): object {
  const definitions = schemaBundle().$defs as Definitions;
  const shared = SHARED.map((name) => [name, inComponents(definitions[name] ?? {})] as const);
  return {
    openrpc: '1.3.2',
    info: {
      title: 'Outrigger storage driver protocol',
      version: '1',
      description:
        'JSON-RPC 2.0 over the stdin and stdout of a driver, with Content-Length framing. Generated from the code; the rules are in docs/protocol.',
      license: { name: 'Apache-2.0' },
    },
    methods: [...requests(definitions), ...notifications(definitions)],
    components: { schemas: Object.fromEntries(shared) },
  };
}

function requests(definitions: Definitions): object[] {
  return METHODS.map(({ name, summary, errors, idleTimeoutMs, repeatable }) => ({
    name,
    summary,
    paramStructure: 'by-name',
    params: paramsOf(definitions[`${name}.params`]),
    result: { name: 'result', required: true, schema: inComponents(definitions[`${name}.result`] ?? {}) },
    errors: errorsOf(name === 'initialize' ? HANDSHAKE_ERRORS : [...errors, ...COMMON_ERRORS]),
    'x-from': 'host',
    'x-idle-timeout-ms': idleTimeoutMs,
    'x-repeatable': repeatable,
  }));
}

function notifications(definitions: Definitions): object[] {
  return NOTIFICATIONS.map(({ name, from }) => ({
    name,
    summary: `A notification from the ${from}: it is never answered.`,
    paramStructure: 'by-name',
    params: paramsOf(definitions[`${name}.params`]),
    'x-from': from,
  }));
}

function paramsOf({ properties = {}, required = [] }: ObjectSchema = {}): object[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    required: required.includes(name),
    schema: inComponents(schema),
  }));
}

function errorsOf(names: readonly string[]): object[] {
  return names.map((message) => ({ code: ERROR_NUMBERS[message], message }));
}

/** References lead to where OpenRPC keeps what is shared. */
function inComponents(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/$defs/', '#/components/schemas/')) as object;
}
