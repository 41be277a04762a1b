// What go has to say about sdks/go: `node scripts/sdk-go.mjs [build]`. Builds go into Go's own cache, outside of the clone, as those
// of e2e/tools do.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { add, capture, check, fail, finish, skip } from './sdk-results.mjs';

const sdk = join(dirname(fileURLToPath(import.meta.url)), '..', 'sdks', 'go');
const bridge = join(sdk, 'bridge');
// As e2e/tools builds distribution's registry: what the two have in common is compiled once.
const SHARED = ['-trimpath'];
const withoutC = { ...process.env, CGO_ENABLED: '0' };

if (process.argv[2] === 'build') build(process.argv[3]);
else test();

function test() {
  check('sdk go: gofmt', 'gofmt', ['-l', '.'], { cwd: sdk, isQuiet: true });
  check('sdk go: vet', 'go', ['vet', './...'], { cwd: sdk });
  goTest('sdk go', [...race(), './...'], { cwd: sdk });
  // A number of runs: the end of a time is taken for a failure by go on a busy machine.
  const fuzz = [
    'test',
    '-run',
    '^$',
    '-fuzz',
    'FuzzReader',
    '-fuzztime',
    '30000x',
    '-fuzzminimizetime',
    '10x',
  ];
  check('sdk go: fuzzing of the framing', 'go', [...fuzz, './internal/frame'], { cwd: sdk });
  if (process.env.OUTRIGGER_TEST === 'full') testBridge();
  finish();
}

/** All of distribution is built for it, and its whole suite runs over several drivers. */
function testBridge() {
  const options = { cwd: bridge, env: withoutC };
  check('sdk go bridge: vet', 'go', ['vet', ...SHARED, './...'], options);
  // Without -short distribution's suite writes 5 GiB to each driver.
  goTest('sdk go bridge', [...SHARED, '-short', '-timeout', '30m', './...'], options);
}

/** The race detector needs a C compiler. */
function race() {
  if (capture('gcc', ['--version']).status === 0) return ['-race'];
  skip('sdk go: race detector', 'there is no gcc');
  return [];
}

/** Counts tests that have no tests in them. */
function goTest(name, args, options) {
  const { status, output, stdout } = capture('go', ['test', '-json', ...args], options);
  const events = stdout.split('\n').flatMap(parse);
  const ended = events.filter(({ Test, Action }) => Test && ['pass', 'fail', 'skip'].includes(Action));
  const groups = new Set(ended.flatMap(groupsOf));
  const counted = ended.filter((event) => !groups.has(idOf(event)));
  const told = (event) => ({ name: `${name}: ${event.Test}`, reason: saidBy(event, events) });
  const failed = counted.filter(({ Action }) => Action === 'fail').map(told);
  const skipped = counted.filter(({ Action }) => Action === 'skip').map(told);
  const passed = counted.filter(({ Action }) => Action === 'pass').length;
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}: ${passed} of ${counted.length} tests`);
  for (const failure of failed) console.log(`${failure.name}: ${failure.reason}`);
  add({ passed, failed, skipped });
  // What is no test's own: a package that cannot be built, a test program that ended early, a group.
  if (status !== 0 && failed.length === 0) fail(`${name}: go test`, status, withoutEvents(events) || output);
}

function parse(line) {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

function idOf({ Package, Test }) {
  return `${Package} ${Test}`;
}

function groupsOf({ Package, Test }) {
  const parts = Test.split('/');
  return parts.slice(1).map((_, i) => `${Package} ${parts.slice(0, i + 1).join('/')}`);
}

function saidBy(event, events) {
  const lines = events.filter((each) => each.Output && idOf(each) === idOf(event));
  return lines
    .map(({ Output }) => Output)
    .filter((line) => !/^\s*(---|===) /.test(line))
    .join('')
    .trim()
    .slice(-500);
}

function withoutEvents(events) {
  return events.map(({ Output = '' }) => Output).join('');
}

/** Prints where the example driver is, which is put into the directory. */
function build(directory) {
  const target = join(directory, 'registry-storage-go-fs');
  const { status, output } = capture('go', ['build', '-o', target, './cmd/registry-storage-go-fs'], {
    cwd: sdk,
  });
  if (status !== 0) throw new Error(output);
  console.log(target);
}
