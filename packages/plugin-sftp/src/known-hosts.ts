import { createHmac } from 'node:crypto';

export interface KnownKeys {
  readonly keys: readonly Buffer[];
  /** Never taken, whatever else is in the file. */
  readonly revoked: readonly Buffer[];
}

/** The keys of a host in a known_hosts file, sshd(8). Lines of certificate authorities are left out: the library has no host certificates. */
export function findKnown(text: string, host: string, port: number): KnownKeys {
  // sshd(8): a port that is not 22 is written [host]:port.
  const name = (port === 22 ? host : `[${host}]:${String(port)}`).toLowerCase();
  const keys: Buffer[] = [];
  const revoked: Buffer[] = [];
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
    const [patterns, type, key] = fields;
    if (patterns === undefined || type === undefined || key === undefined || patterns.startsWith('#'))
      continue;
    if (!isNamed(patterns, name)) continue;
    const blob = Buffer.from(key, 'base64');
    if (marker === undefined) keys.push(blob);
    else if (marker === '@revoked') revoked.push(blob);
  }
  return { keys, revoked };
}

function isNamed(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) return isHashOf(patterns, name);
  const all = patterns.toLowerCase().split(',');
  const isExcluded = all.some((pattern) => pattern.startsWith('!') && isMatch(pattern.slice(1), name));
  return !isExcluded && all.some((pattern) => isMatch(pattern, name));
}

/** `|1|salt|HMAC-SHA1(salt, name)` */
function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** `*` and `?` as in a shell. */
function isMatch(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}
