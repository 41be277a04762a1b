import { z } from 'zod';
import { anything, choice, duration, flag, integer, text, texts } from './leaves.js';
import { Leaf } from './node.js';

const LOG_LEVELS = ['error', 'warn', 'warning', 'info', 'debug', 'fatal', 'panic', 'trace'] as const;

/** The keys that are in use. What else is there is looked at in check-keys.ts. */
export const schema = section({
  version: required(text.refine((version) => version === '0.1', 'must be 0.1')),
  log: section({
    accesslog: section({ disabled: optional(flag) }),
    level: optional(choice(LOG_LEVELS)),
    formatter: optional(choice(['text', 'json', 'logstash'])),
    fields: optional(map(anything)),
  }),
  loglevel: optional(choice(LOG_LEVELS)),
  storage: section({
    delete: section({ enabled: optional(flag) }),
    redirect: section({ disable: optional(flag) }),
    maintenance: section({ readonly: section({ enabled: optional(flag) }) }),
  }),
  http: section({
    addr: optional(text),
    net: optional(choice(['tcp', 'unix'])),
    host: optional(text.refine(isOrigin, 'must be a URL such as https://registry.example.com')),
    prefix: optional(text.refine((prefix) => prefix.startsWith('/'), 'must start with /')),
    secret: optional(text),
    relativeurls: optional(flag),
    draintimeout: optional(duration),
    headers: optional(map(texts)),
  }),
  catalog: section({ maxentries: optional(integer) }),
  tags: section({ maxtags: optional(integer.refine((count) => count >= 0, 'must not be negative')) }),
  outrigger: section({
    profile: optional(choice(['strict', 'compatible'])),
    drivers: z.preprocess(
      emptyIfAbsent,
      z
        .object(
          { directories: optional(texts.refine(allAbsolute, 'must be absolute paths')) },
          { error: 'must be a map' },
        )
        .catchall(driverSettings()),
    ),
  }),
});

export type ConfigData = z.output<typeof schema>;

function driverSettings() {
  return section({
    inProcess: optional(inProcess()),
    sha256: optional(
      text.refine((pin) => /^(bundle:)?(sha256:)?[0-9a-f]{64}$/i.test(pin), 'must be 64 hex digits'),
    ),
    dataPlanes: optional(
      z.pipe(
        texts,
        z.array(z.enum(['file', 'socket', 'inline'], { error: 'must be file, socket or inline' })).min(1),
      ),
    ),
  });
}

/** true, or the package that has the driver. */
function inProcess() {
  return z.union([flag, text], { error: 'must be true, false or the name of a package' });
}

/** A map of which some keys are in use. A missing or empty one is as good as one without keys. */
function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(emptyIfAbsent, z.object(shape, { error: 'must be a map' }));
}

function map<Value extends z.ZodType>(value: Value) {
  return z.record(z.string(), value, { error: 'must be a map' });
}

function optional<Value extends z.ZodType>(value: Value) {
  return z.preprocess((input) => (isAbsent(input) ? undefined : input), value.optional());
}

function required<Value extends z.ZodType>(value: Value) {
  return z
    .unknown()
    .refine((input) => !isAbsent(input), { error: 'is missing', abort: true })
    .pipe(value);
}

/** A leaf is an object too, and must not pass for a map. */
function emptyIfAbsent(input: unknown): unknown {
  if (isAbsent(input)) return {};
  return input instanceof Leaf ? input.value : input;
}

function isAbsent(input: unknown): boolean {
  return input === undefined || (input instanceof Leaf && input.value === null);
}

function allAbsolute(paths: readonly string[]): boolean {
  return paths.every((path) => path.startsWith('/'));
}

function isOrigin(value: string): boolean {
  return /^https?:$/.test(URL.parse(value)?.protocol ?? '');
}
