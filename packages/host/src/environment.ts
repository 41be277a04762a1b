/** What every driver may see. Nothing that steers an interpreter (NODE_OPTIONS, LD_PRELOAD, PYTHONPATH) is among it. */
const ALWAYS = [
  'PATH',
  'HOME',
  'LANG',
  'LC_*',
  'TZ',
  'TMPDIR',
  'XDG_RUNTIME_DIR',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
];

/** Not even a driver that asks gets these: they steer the program itself, or hold what is the registry's. */
const NEVER = ['NODE_OPTIONS', 'LD_*', 'DYLD_*', 'REGISTRY_*'];

/**
 * The environment of a driver: an allow-list, and the names that its description asks for.
 *
 * @param wanted - names; `*` at the end stands for any rest. A bare `*` matches nothing
 */
export function driverEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  wanted: readonly string[] = [],
): Record<string, string> {
  const patterns = [...ALWAYS, ...wanted.filter((name) => name !== '*')];
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && matchesAny(name, patterns) && !matchesAny(name, NEVER)) passed[name] = value;
  }
  return passed;
}

function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}
