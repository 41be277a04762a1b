import { writeFile } from 'node:fs/promises';

import { isInstalled } from '../peers/servers.js';
import { versionOf } from '../peers/start-server.js';
import type { OperationCounts } from './count.js';
import { countRegistry, countS5cmd } from './count.js';
import { findCommand } from './find-command.js';
import type { Load } from './matrix.js';
import { titleOf } from './matrix.js';
import type { Speeds } from './measure.js';
import { measureOrasOnS3fs, measureRegistry, measureS5cmd } from './measure.js';
import type { Options } from './options.js';
import { USAGE, readOptions } from './options.js';
import type { SubjectReport } from './report.js';
import { formatReports } from './report.js';
import type { S3Server } from './s3-server.js';
import { startS3Server } from './s3-server.js';
import type { SubjectName } from './subjects.js';
import { REGISTRIES, registryOver } from './subjects.js';
import { print, runCommand } from '../command.js';
import { describeMachine } from '../describe-machine.js';

/** `npm run bench:s3`: registries and file tools over one S3 server, one after another. */
async function main(): Promise<void> {
  // Everything is on this machine and without TLS, and Distribution 2 does not start with it.
  delete process.env.AWS_CA_BUNDLE;
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    print(USAGE);
    return;
  }
  const versitygw = findCommand('versitygw');
  if (versitygw === undefined)
    throw new Error('no versitygw: run node e2e/tools/install.mjs, or set OUTRIGGER_BENCH_VERSITYGW');
  const s3 = await startS3Server(versitygw);
  try {
    print(describeRun());
    const reports: SubjectReport[] = [];
    for (const subject of options.subjects) {
      const runner = runnerOf(subject, s3);
      if (typeof runner === 'string') print(`${subject}: ${runner}, left out`);
      else reports.push(await measureSubject(subject, runner, options));
    }
    print(`\n${formatReports(reports, options.loads)}`);
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(reports, null, 2)}\n`);
  } finally {
    await s3.stop();
  }
}

interface Runner {
  readonly version: string;
  measure(load: Load): Promise<Speeds>;
  /** Absent where requests cannot be told apart by operation. */
  count?(load: Load): Promise<OperationCounts>;
}

/** Or why there is none. */
function runnerOf(subject: SubjectName, s3: S3Server): Runner | string {
  if (subject === 's5cmd') {
    const command = findCommand('s5cmd');
    if (command === undefined) return 'no s5cmd on this machine';
    return {
      version: 's5cmd',
      measure: (load) => measureS5cmd(command, s3, load),
      count: (load) => countS5cmd(command, s3, load),
    };
  }
  if (subject === 'oras-s3fs') {
    const [oras, s3fs] = [findCommand('oras'), findCommand('s3fs')];
    if (oras === undefined || s3fs === undefined)
      return `no ${oras === undefined ? 'oras' : 's3fs'} on this machine`;
    return { version: 'oras on s3fs', measure: (load) => measureOrasOnS3fs({ oras, s3fs }, s3, load) };
  }
  const server = registryOver(REGISTRIES[REGISTRIES.indexOf(subject)] ?? 'outrigger', {
    port: s3.port,
    bucket: '',
  });
  if (!isInstalled(server)) return `no ${server.command} on this machine`;
  return {
    version: versionOf(server),
    measure: (load) => measureRegistry(subject, s3, load),
    count: (load) => countRegistry(subject, s3, load),
  };
}

async function measureSubject(
  subject: SubjectName,
  runner: Runner,
  { loads, counts }: Options,
): Promise<SubjectReport> {
  print(`${subject}: ${runner.version}`);
  const report = {
    subject,
    speeds: {} as Record<string, Speeds>,
    counts: {} as Record<string, OperationCounts>,
  };
  for (const load of loads) {
    const begin = performance.now();
    report.speeds[load.name] = await runner.measure(load);
    if (counts && runner.count !== undefined) report.counts[load.name] = await runner.count(load);
    print(`  ${titleOf(load)}: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  }
  return report;
}

function describeRun(): string {
  return [
    ...describeMachine('client and S3 server').lines,
    'S3: versitygw over a directory, nothing synced; parts of 10 MiB, as both registries have it by default; redirects on',
  ].join('\n');
}

await runCommand(main);
