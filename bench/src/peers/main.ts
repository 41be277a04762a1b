import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { CEILING_STEPS, startCeiling } from './ceiling.js';
import type { Client } from './client.js';
import { startClient } from './client.js';
import { measureServer } from './measure-server.js';
import type { Options } from './options.js';
import { USAGE, readOptions } from './options.js';
import type { ServerReport } from './report.js';
import { detailTable, notes, ratioTable } from './report.js';
import type { Figure } from './run-step.js';
import { runStep } from './run-step.js';
import { isInstalled } from './servers.js';
import { benchDirectory, versionOf } from './start-server.js';
import { STEPS } from './steps/all-steps.js';

const BUSY = 0.5;

/** `npm run bench:peers`: Outrigger and its peers, one after another, the same steps on the same disk. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    print(USAGE);
    return;
  }
  const load = printMachine(options);
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
    printReports(reports, ceiling, options);
    if (options.json !== undefined) await writeJson(options.json, { load, ceiling, reports });
  } finally {
    await client.close();
    if (options.store === undefined) await rm(directory, { recursive: true, force: true });
  }
}

function printMachine({ servers }: Options): number {
  const [load = 0] = loadavg();
  print(
    `${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}, client on the same machine; stores below ${benchDirectory()}`,
  );
  print(
    `load average ${load.toFixed(2)}${load > BUSY ? ': NOT QUIET, trust nothing but ratios, and those little' : ''}`,
  );
  for (const server of servers.filter(isInstalled))
    print(`${server.name}: ${versionOf(server)}; durable: ${server.durability}`);
  print('No server writes an access log or traces; log level error, deletes on, upload purging off.\n');
  return load;
}

/** The same client against answers from memory. */
async function measureCeiling(client: Client, { scale, steps }: Options): Promise<Figure[]> {
  const ceiling = await startCeiling();
  const figures: Figure[] = [];
  try {
    for (const step of steps.filter(({ name }) => CEILING_STEPS.includes(name)))
      figures.push(
        await runStep(step, 'ceiling', { port: ceiling.port }, { client, scale: { ...scale, rounds: 1 } }),
      );
  } finally {
    await ceiling.stop();
  }
  for (const { step, value } of figures) {
    const unit = STEPS.find(({ name }) => name === step)?.unit ?? '';
    print(`client's own ceiling, ${step}: ${value.toFixed(0)} ${unit}`);
  }
  print('');
  return figures;
}

function printReports(reports: readonly ServerReport[], ceiling: readonly Figure[], options: Options): void {
  print(`\n${ratioTable(options.steps, reports, options.scale)}`);
  print(`\n${detailTable(options.steps, reports)}\n`);
  for (const { name, peakMiB, processes, failures } of reports) {
    const parts = processes.map((each) => `${each.name} ${each.peakMiB.toFixed(0)}`).join(', ');
    print(`${name}: peak ${peakMiB.toFixed(0)} MiB (${parts})`);
    for (const [step, why] of Object.entries(failures)) print(`${name}: ${step} failed: ${why}`);
  }
  for (const { step, server, value } of reports.flatMap(({ figures }) => figures)) {
    const best = ceiling.find((each) => each.step === step)?.value;
    if (best !== undefined && value > best * 0.7)
      print(`${server}: ${step} is near the client's own ceiling of ${best.toFixed(0)}`);
  }
  print(`\n${notes(options.scale)}`);
}

async function writeJson(file: string, figures: object): Promise<void> {
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
  await writeFile(
    file,
    `${JSON.stringify({ at: new Date().toISOString(), machine, ...figures }, null, 2)}\n`,
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
