/** The users of an htpasswd file, with the bcrypt hashes of their passwords. */
export interface Users {
  readonly hashes: ReadonlyMap<string, string>;
  /** A hash that no password has, of the highest cost in the file: to compare with where there is no such user. */
  readonly dummy: string;
  /** What is unsafe about it, without any hash. */
  readonly warnings: readonly string[];
}

export interface CostLimits {
  readonly lowest: number;
  readonly highest: number;
  /** Whether what is outside the limits, or no bcrypt hash, is an error and not a warning. */
  readonly isStrict: boolean;
}

/**
 * Reads an htpasswd file as Distribution does: empty lines and those that begin with `#` say nothing, and of two lines for a
 * user the last one counts. A user whose hash is not bcrypt cannot log in.
 *
 * @throws Error that names the line
 */
export function parseHtpasswd(content: string, limits: CostLimits): Users {
  const hashes = new Map<string, string>();
  const warnings: string[] = [];
  const complain = (line: number, message: string): void => {
    if (limits.isStrict) throw new Error(`line ${line}: ${message}`);
    warnings.push(`line ${line}: ${message}`);
  };
  for (const [index, raw] of content.split('\n').entries()) {
    const text = raw.trim();
    if (text === '' || text.startsWith('#')) continue;
    const colon = text.indexOf(':');
    if (colon === -1) throw new Error(`line ${index + 1}: no colon between user and hash`);
    const user = text.slice(0, colon);
    const hash = text.slice(colon + 1);
    hashes.delete(user);
    const cost = costOf(hash);
    if (cost === undefined) {
      complain(index + 1, 'the hash is not bcrypt (htpasswd -B): this user cannot log in');
      continue;
    }
    if (cost < limits.lowest || cost > limits.highest) {
      const range = `${limits.lowest} to ${limits.highest}`;
      complain(index + 1, `the cost of the hash is ${cost}, and should be ${range} (htpasswd -B -C 10)`);
    }
    hashes.set(user, hash);
  }
  return { hashes, dummy: dummyFor(hashes), warnings };
}

/** The cost of a bcrypt hash that can be compared with; undefined for any other text. */
export function costOf(hash: string): number | undefined {
  const [, digits] = /^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$/.exec(hash) ?? [];
  const cost = Number(digits);
  return cost >= 4 && cost <= 31 ? cost : undefined;
}

function dummyFor(hashes: ReadonlyMap<string, string>): string {
  const costs = [...hashes.values()].map((hash) => costOf(hash) ?? DEFAULT_COST);
  const cost = costs.length === 0 ? DEFAULT_COST : Math.max(...costs);
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}

const DEFAULT_COST = 10;
