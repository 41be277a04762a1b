// Where builds of the SDKs are kept: outside of the checkout, beside the tools of the end-to-end tests.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export function cacheFor(name) {
  return resolve(process.env.OUTRIGGER_CACHE || join(homedir(), '.cache', 'outrigger'), name);
}
