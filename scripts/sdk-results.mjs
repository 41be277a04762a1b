// The numbers of an SDK's stage, as scripts/test.mjs takes them from every stage that counts: in the file $OUTRIGGER_TEST_SUMMARY.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const TOLD = 500;
const results = { passed: 0, failed: [], skipped: [] };

/** A command that is one test: its exit status, and that it prints nothing where `isQuiet` says so. */
export function check(name, command, args, { isQuiet = false, ...options } = {}) {
  const start = Date.now();
  const { status, output } = capture(command, args, options);
  const isFine = status === 0 && !(isQuiet && output);
  console.log(`${isFine ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  if (isFine) results.passed++;
  else fail(name, status, output);
}

/** A test that is left out, and why. */
export function skip(name, reason) {
  results.skipped.push({ name, reason });
}

/** What a test runner has counted: {passed, failed: [{name, reason}], skipped: [{name, reason}]}. */
export function add({ passed, failed, skipped }) {
  results.passed += passed;
  results.failed.push(...failed);
  results.skipped.push(...skipped);
}

/** A failure with all that was printed; its end is told in the summary. */
export function fail(name, status, output) {
  console.log(`${output}\n${name}: exit code ${status}`);
  results.failed.push({ name, reason: `exit code ${status}: ${output.trim().slice(-TOLD)}` });
}

/** {status, output} of a command; `stdout` alone, too. */
export function capture(command, args, options) {
  const ended = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28, ...options });
  const stdout = ended.stdout ?? '';
  const output = `${stdout}${ended.stderr ?? ''}${ended.error?.message ?? ''}`;
  return { status: ended.status ?? ended.signal ?? 1, output, stdout };
}

/** Writes the numbers. The exit status says whether there was a failure. */
export function finish() {
  const { passed, failed, skipped } = results;
  console.log(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
  if (process.env.OUTRIGGER_TEST_SUMMARY)
    writeFileSync(process.env.OUTRIGGER_TEST_SUMMARY, JSON.stringify(results));
  process.exitCode = failed.length > 0 ? 1 : 0;
}
