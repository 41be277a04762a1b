// Makes the real registry clients available to the end-to-end tests: node e2e/tools/install.mjs
// Prints one line for each tool. A tool that cannot be had here is named with the reason, and the tests that
// need it skip with that reason; only CI (CI=true) fails then, unless no package registry has the tool.
import { constants, getPriority, setPriority } from 'node:os';
import { cachedCommand } from './cache.mjs';
import { TOOLS } from './catalogue.mjs';
import { installAll } from './installers.mjs';
import { locate } from './locate.mjs';
import { obstacle } from './obstacle.mjs';
import { probe } from './probe.mjs';
import { onPath } from './search-path.mjs';

const inCi = process.env.CI === 'true';
const isLong = process.env.OUTRIGGER_TEST === 'full';

async function main() {
  setPriority(Math.max(getPriority(), constants.priority.PRIORITY_LOW));
  const before = await Promise.all(TOOLS.map(look));
  const errors = await installAll(before.filter(isWanted));
  const after = await Promise.all(before.map((state) => (errors.has(state.tool) ? look(state.tool) : state)));
  for (const state of after) console.log(describe(state, errors.get(state.tool)));
  const lacking = after.filter(({ tool, version }) => !version && !tool.optional && isNeeded(tool));
  if (inCi && lacking.length > 0) process.exitCode = 1;
}

/** What is there now: {tool, command, version} of a tool that runs, else {tool, command?, reason}. */
async function look(tool) {
  const command = locate(tool.name);
  if (typeof command !== 'string') return { tool, reason: command.missing };
  const { version, broken } = await probe(tool, command);
  return version
    ? { tool, command, version }
    : { tool, command, reason: `${tool.name} is missing: ${command} ${broken}` };
}

function isWanted(state) {
  if (!isNeeded(state.tool) || (state.tool.slow && !inCi && !isLong)) return false;
  return !obstacle(state.tool) && (!state.version || isForeign(state));
}

function isNeeded(tool) {
  return isLong || !tool.long;
}

/** Another version that happens to be on PATH, where we can build the pinned one into the cache beside it. */
function isForeign({ tool, command, version }) {
  return tool.by !== 'apt' && command === onPath(tool.name) && !version.startsWith(tool.version);
}

function describe({ tool, command, version, reason }, error) {
  if (!version) return error ? `${tool.name} is missing: ${error}` : reason;
  return `${tool.name} ${version} ${command}${isPinned(tool, command, version) ? '' : ` (not the pinned ${tool.version})`}`;
}

function isPinned(tool, command, version) {
  return command === cachedCommand(tool) || version.startsWith(tool.version);
}

await main();
