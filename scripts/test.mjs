// Runs every stage, fast ones first, also after a failure, and closes with one line of numbers.
// Arguments select stages by name or group: `node scripts/test.mjs check`, `node scripts/test.mjs unit e2e`.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locate } from '../e2e/tools/locate.mjs';
import { SDKS } from './sdks/index.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const commands = join(root, 'node_modules', '.bin');
const cache = join(root, 'node_modules', '.cache', 'outrigger');
const summaryFile = join(cache, 'summary.json');
const env = {
  ...process.env,
  PATH: `${commands}${delimiter}${process.env.PATH}`,
  OUTRIGGER_TEST_SUMMARY: summaryFile,
};
const inCi = process.env.CI === 'true';

const publishable = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);

const TOOLS = 'e2e/tools/install.mjs';

/** A `check` is one test: its exit status. A `vitest` stage counts its tests. `before` runs beside the stages before it. */
const stages = [
  { name: 'format', group: 'check', check: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'types', group: 'check', check: ['tsc', '-p', 'tsconfig.check.json'] },
  { name: 'links', group: 'check', check: ['node', 'scripts/check-links.mjs'] },
  { name: 'lint', group: 'check', check: ['eslint', '--max-warnings', '0', '.'] },
  {
    name: 'layers',
    group: 'check',
    check: ['depcruise', '--output-type', 'err-long', 'packages', 'e2e', 'bench'],
  },
  { name: 'unused', group: 'check', check: ['knip', '--no-progress', '--treat-config-hints-as-errors'] },
  ...publishable.map((dir) => ({
    name: `publint ${dir}`,
    group: 'check',
    check: ['publint', 'run', dir, '--strict'],
  })),
  { name: 'unit', vitest: ['--project', '!e2e', '--project', '!cloud'] },
  ...SDKS.flatMap(({ language, needs, steps }) =>
    steps.map(({ name }) => ({
      name: `sdk ${language} ${name}`,
      group: `sdk ${language}`,
      before: TOOLS,
      needs,
      check: ['node', 'scripts/sdk.mjs', language, name],
    })),
  ),
  { name: 'e2e', before: TOOLS, vitest: ['--project', 'e2e', '--project', 'cloud'] },
];

const wanted = process.argv.slice(2);
const selected = stages.filter(
  ({ name, group }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(group),
);
if (selected.length === 0) {
  console.error(
    `no stage is called ${wanted.join(', ')}; there are: ${stages.map(({ name }) => name).join(', ')}, check`,
  );
  process.exit(2);
}

process.chdir(root);
mkdirSync(cache, { recursive: true });
const preparations = new Map(
  [...new Set(selected.map(({ before }) => before))]
    .filter((before) => before && existsSync(before))
    .map((before) => [before, prepare(before)]),
);
const results = [];
for (const stage of selected) results.push(...(await run(stage)));
report(results);

async function run(stage) {
  const before = await finishBefore(stage);
  const missing = inCi ? undefined : whatIsMissing(stage);
  if (missing) return [...before, skip(stage.name, missing)];
  return [...before, stage.check ? runCheck(stage) : runVitest(stage)];
}

function runCheck({ name, check: [command, ...args] }) {
  const start = Date.now();
  const { status, output } = capture(command, args);
  console.log(
    `${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`,
  );
  if (status === 0) return { passed: 1, failures: [], skipped: [] };
  console.log(`${output}\n${[command, ...args].join(' ')}: exit code ${status}`);
  return fail(name, `exit code ${status}`);
}

/** Fetches what stages need, while the stages before them run. */
function prepare(before) {
  const file = join(cache, `before-${basename(before, '.mjs')}.log`);
  // What it prints goes into a file: this process does not read while it waits for a stage.
  const log = openSync(file, 'w');
  const child = spawn(process.execPath, [before], { stdio: ['ignore', log, log], env });
  closeSync(log);
  return { file, ended: once(child, 'close') };
}

/** For the first stage of those that wait for it. The tests that miss something say so themselves; in CI nothing may be missing. */
async function finishBefore({ before }) {
  const preparation = preparations.get(before);
  if (!preparation) return [];
  preparations.delete(before);
  const [code, signal] = await preparation.ended;
  process.stdout.write(readFileSync(preparation.file));
  if (code === 0) return [];
  const reason = `exit code ${code ?? signal}`;
  return inCi ? [fail(before, reason)] : [skip(before, reason)];
}

function whatIsMissing({ needs = [] }) {
  return needs.map((tool) => locate(tool).missing).find(Boolean);
}

function fail(name, reason) {
  return { passed: 0, failures: [{ name, reason }], skipped: [] };
}

function skip(name, reason) {
  return { passed: 0, failures: [], skipped: [{ name, reason }] };
}

function runVitest({ name, vitest }) {
  rmSync(summaryFile, { force: true });
  const reporters = ['--reporter', 'default', '--reporter', join(root, 'scripts', 'vitest-summary.mjs')];
  const { status, signal } = spawnSync('vitest', ['run', '--passWithNoTests', ...vitest, ...reporters], {
    stdio: 'inherit',
    env,
  });
  const none = { passed: 0, failed: [], skipped: [] };
  const { passed, failed, skipped } = existsSync(summaryFile)
    ? JSON.parse(readFileSync(summaryFile, 'utf8'))
    : none;
  if (status !== 0 && failed.length === 0)
    failed.push({ name, reason: `vitest ended with ${signal ?? `exit code ${status}`}` });
  if (status === 0 && passed + skipped.length === 0) skipped.push({ name, reason: 'there are no tests' });
  return { passed, failures: failed, skipped };
}

function capture(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28, env });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`;
  return { status: result.status ?? result.signal ?? 1, output };
}

function report(all) {
  const passed = all.reduce((sum, result) => sum + result.passed, 0);
  const failures = all.flatMap((result) => result.failures);
  const skipped = all.flatMap((result) => result.skipped);
  console.log();
  for (const { name, reason } of skipped) console.log(`skipped: ${name} (${reason})`);
  for (const { name, reason } of failures) console.log(`failed: ${name} (${oneLine(reason)})`);
  console.log(`tests: ${passed} passed, ${failures.length} failed, ${skipped.length} skipped`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function oneLine(text) {
  return text.replaceAll(/\s+/g, ' ');
}
