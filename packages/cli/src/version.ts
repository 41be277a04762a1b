import { readFileSync } from 'node:fs';
import { z } from 'zod/mini';

const Package = z.object({ version: z.string() });

/** The version of this package. */
export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return Package.parse(JSON.parse(text)).version;
}
