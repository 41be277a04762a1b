import { parseArgs } from 'node:util';
import { formatTable } from '../table.js';
import type { Load, LoadOptions } from './load.js';
import { manyUploads } from './many-uploads.js';
import { mixed } from './mixed.js';
import { slowClients } from './slow-clients.js';
import { slowDownloads } from './slow-downloads.js';
import { zb } from './zb.js';
import { print, runCommand } from '../command.js';

const LOADS: readonly Load[] = [manyUploads, slowDownloads, mixed, zb, slowClients];
const NUMBERS =
  'uploads size downloads rate seconds idle active minutes think largest contents clients requests scale connections';

/** `npm run bench:load -- L01`: a load on one Outrigger, its goals, and what it kept of them. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      servers: { type: 'string', default: 'outrigger,zot' },
      ...Object.fromEntries(NUMBERS.split(' ').map((name) => [name, { type: 'string' as const }])),
    },
  });
  const loads = LOADS.filter(({ name }) => positionals.includes(name));
  if (loads.length === 0 || loads.length < positionals.length) {
    print(usage());
    process.exitCode = 1;
    return;
  }
  const options = readOptions(values);
  for (const load of loads) await runLoad(load, options);
}

async function runLoad(load: Load, options: LoadOptions): Promise<void> {
  print(`\n${load.name}: ${load.title}`);
  const checks = await load.run(options);
  const rows = checks.map(({ what, goal, found, kept }) => [what, goal, found, kept ? 'kept' : 'NOT KEPT']);
  print(formatTable([load.name, 'goal', 'found', ''], rows));
  if (checks.some(({ kept }) => !kept)) process.exitCode = 1;
}

function readOptions(values: Readonly<Record<string, string | undefined>>): LoadOptions {
  const list = (name: string, fallback: readonly number[]) => {
    const text = values[name];
    if (text === undefined) return fallback;
    const numbers = text.split(',').map(Number);
    if (numbers.some((value) => !(value > 0))) throw new Error(`--${name}: ${text} is not a number above 0`);
    return numbers;
  };
  return {
    list,
    number: (name, fallback) => list(name, [fallback])[0] ?? fallback,
    servers: (values.servers ?? '').split(','),
    print,
  };
}

function usage(): string {
  const lines = LOADS.flatMap(({ name, title, options }) => [
    `  ${name}  ${title}`,
    ...options.map((option) => `         ${option}`),
  ]);
  return ['npm run bench:load -- <name...> [options]', ...lines].join('\n');
}

await runCommand(main);
