// Runs one step of an SDK: `node scripts/sdk.mjs rust clippy`. `node scripts/sdk.mjs rust build <directory>` prints where the example driver is.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locate } from '../e2e/tools/locate.mjs';
import { SDKS } from './sdks/index.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [language, name, target] = process.argv.slice(2);
const sdk = SDKS.find((each) => each.language === language);
if (!sdk) fail(`no SDK is called ${language}; there are: ${SDKS.map((each) => each.language).join(', ')}`);

const tools = Object.fromEntries(sdk.needs.map((tool) => [tool, path(tool)]));
if (name === 'build') build(sdk.build(tools, target ?? fail('build takes a directory')));
else check(sdk.steps.find((step) => step.name === name));

function check(step) {
  if (!step) fail(`sdk ${language} has no step ${name}`);
  run({ ...step, command: step.command(tools) }, 'inherit');
}

/** All that the build prints goes to stderr: stdout is the path alone. */
function build({ commands, executable, ...rest }) {
  for (const command of commands) run({ ...rest, command }, 2);
  console.log(executable);
}

function run({ command: [command, ...args], env = {}, directory = `sdks/${language}` }, stdout) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: join(root, directory),
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout, 'inherit'],
  });
  if (status !== 0)
    fail(`${command} ${args.join(' ')}: ${error?.message ?? signal ?? `exit code ${status}`}`);
}

function path(tool) {
  const found = locate(tool);
  return typeof found === 'string' ? found : fail(found.missing);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
