// Runs the OCI conformance programs against a fresh registry for every driver, in-process and on each data plane:
// `npm run conformance -- <program> [<program> ...] [--target <part of a name>]`. Closes with one table and with every case that was
// skipped, with the program's reason. The exit code is 1 when a case failed. docs/operations/conformance.md tells how the programs are built.
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TARGETS, startRegistry } from './conformance-registry.mjs';
import { formatResults } from './conformance-report.mjs';
import { runSuite, suitesOf } from './conformance-suites.mjs';

const { programs, filter } = parseArguments(process.argv.slice(2));
const targets = TARGETS.filter(({ name }) => name.includes(filter));
if (programs.length === 0 || targets.length === 0) {
  console.error('usage: npm run conformance -- <program> [<program> ...] [--target <part of a name>]');
  console.error(`targets: ${TARGETS.map(({ name }) => name).join('; ')}`);
  process.exit(2);
}

const results = [];
for (const program of programs) {
  for (const suite of suitesOf(program)) {
    for (const target of targets) results.push(await runOn(target, program, suite));
  }
}
console.log(`\n${formatResults(results)}`);
process.exitCode = results.some(({ error, failed }) => error !== undefined || failed.length > 0) ? 1 : 0;

/** A new registry over a new store for each run: no run sees what another has left. */
async function runOn(target, program, suite) {
  const directory = await mkdtemp(join(tmpdir(), 'outrigger-conformance-'));
  const label = { suite: suite.name, target: target.name };
  try {
    const registry = await startRegistry(target, directory);
    try {
      const cases = await runSuite(program, suite, { host: registry.host, directory, target });
      console.log(`${suite.name}, ${target.name}: ${cases.passed} passed, ${cases.failed.length} failed`);
      return { ...label, ...cases };
    } finally {
      await registry.stop();
    }
  } catch (error) {
    console.error(`${suite.name}, ${target.name}: ${error.message}`);
    return { ...label, passed: 0, failed: [], skipped: [], error: error.message };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** npm runs scripts in the root of the project; INIT_CWD is where the user is. */
function parseArguments(words) {
  const at = words.indexOf('--target');
  const filter = at === -1 ? '' : (words[at + 1] ?? '');
  const names = at === -1 ? words : words.toSpliced(at, 2);
  const programs = names.map((name) => resolve(process.env.INIT_CWD ?? '.', name));
  for (const program of programs) {
    if (existsSync(program)) continue;
    console.error(`there is no ${program}`);
    process.exit(2);
  }
  return { programs, filter };
}
