/**
 * Every key of Distribution's configuration, and our own below `outrigger`: which are in use, which are known and have no
 * effect, and which may not be overlooked. Environment variables find the spelling of a key here too.
 */
export type KeyRule =
  | 'used'
  /** In use, a list. */
  | 'list'
  /** In use, and whatever is in it is the user's own, or a driver's. */
  | 'free'
  /** Known, and not supported by this version: a warning. */
  | 'later'
  /** Not supported by this version, and not safe to overlook: an error. */
  | 'refused'
  /** Has no effect, for the reason given. */
  | IgnoredKey
  | KeyRules;

export interface IgnoredKey {
  readonly because: string;
}

/** By key; {@link ANY_KEY} stands for every key that is not named. */
export type KeyRules = ReadonlyMap<string, KeyRule>;

export const ANY_KEY = '*';

export const KEYS: KeyRules = rules({
  version: 'used',
  log: rules({
    accesslog: rules({ disabled: 'used' }),
    level: 'used',
    formatter: 'used',
    fields: 'free',
    hooks: 'later',
    reportcaller: 'later',
  }),
  loglevel: 'used',
  storage: rules({
    delete: rules({ enabled: 'used' }),
    redirect: rules({ disable: 'used' }),
    cache: { because: 'content by digest is always cached, in memory and bounded' },
    tag: { because: 'tags are read one after the other' },
    maintenance: rules({ uploadpurging: 'later', readonly: rules({ enabled: 'used' }) }),
    [ANY_KEY]: 'free',
  }),
  http: rules({
    addr: 'used',
    net: 'used',
    prefix: 'used',
    host: 'used',
    secret: 'used',
    relativeurls: 'used',
    draintimeout: 'used',
    headers: rules({ [ANY_KEY]: 'list' }),
    tls: 'refused',
    debug: 'later',
    http2: { because: 'this version speaks HTTP/1.1 only' },
    h2c: 'later',
  }),
  catalog: rules({ maxentries: 'used' }),
  tags: rules({ maxtags: 'used' }),
  auth: 'refused',
  proxy: 'refused',
  middleware: 'later',
  notifications: 'later',
  redis: 'later',
  health: 'later',
  validation: 'later',
  policy: 'later',
  outrigger: rules({
    profile: 'used',
    drivers: rules({
      directories: 'list',
      [ANY_KEY]: rules({ inProcess: 'used', sha256: 'used', dataPlanes: 'list' }),
    }),
  }),
});

export function isRules(rule: KeyRule): rule is KeyRules {
  return rule instanceof Map;
}

function rules(record: Readonly<Record<string, KeyRule>>): KeyRules {
  return new Map(Object.entries(record));
}
