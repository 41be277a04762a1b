import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { measureCeiling } from './ceiling.js';
import { startClient } from './client.js';
import { measureServer } from './measure-server.js';
import type { Options } from './options.js';
import { USAGE, readOptions } from './options.js';
import { describeRun } from './describe-run.js';
import type { ServerReport } from './report.js';
import { formatReports } from './report.js';
import { isInstalled } from './servers.js';
import { benchDirectory } from './start-server.js';
import { print, runCommand } from '../command.js';
import { intoDocument } from '../into-document.js';

/** `npm run bench:peers`: Outrigger and its peers, one after another, the same steps on the same disk. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    print(USAGE);
    return;
  }
  const { load, text } = describeRun(options.servers.filter(isInstalled));
  print(`${text}\nstores below ${benchDirectory()}\n`);
  const client = startClient();
  const directory = options.store ?? (await mkdtemp(join(benchDirectory(), 'outrigger-bench-seed-')));
  try {
    await mkdir(directory, { recursive: true });
    const ceiling = options.ceiling ? await measureCeiling(client, options) : [];
    const reports: ServerReport[] = [];
    for (const server of options.servers) {
      if (isInstalled(server))
        reports.push(await measureServer(server, client, { ...options, store: resolve(directory), print }));
      else print(`${server.name}: no ${server.command} on this machine, left out`);
    }
    const tables = formatReports(reports, ceiling, options);
    print(`\n${tables}`);
    await write(options, { load, ceiling, reports }, `${text}\n\n${tables}`);
  } finally {
    await client.close();
    if (options.store === undefined) await rm(directory, { recursive: true, force: true });
  }
}

async function write({ json, into }: Options, figures: object, text: string): Promise<void> {
  const at = new Date().toISOString();
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ at, machine, ...figures }, null, 2)}\n`);
  if (into !== undefined)
    await intoDocument(into, 'bench:peers', `\`\`\`text\n${at.slice(0, 10)}\n${text}\n\`\`\``);
}

await runCommand(main);
