// For tests: the absolute path of a tool, or why there is none.
import { resolve } from 'node:path';
import { cachedCommand } from './cache.mjs';
import { findTool } from './catalogue.mjs';
import { obstacle } from './obstacle.mjs';
import { isCommand, onPath } from './search-path.mjs';

/** Looks at the variable OUTRIGGER_TOOL_<NAME>, the cache, then PATH. */
export function locate(name) {
  const tool = findTool(name);
  if (!tool) return { missing: `${name} is missing: e2e/tools does not know it` };
  const named = process.env[variableFor(name)];
  if (named)
    return isCommand(named)
      ? resolve(named)
      : { missing: `${name} is missing: ${variableFor(name)} names no command` };
  const cached = cachedCommand(tool);
  return (isCommand(cached) ? cached : onPath(name)) ?? { missing: `${name} is missing: ${remedy(tool)}` };
}

/** Whether only the long form of the tests has this tool. */
export function isLong(name) {
  return findTool(name)?.long === true;
}

function variableFor(name) {
  return `OUTRIGGER_TOOL_${name.toUpperCase().replaceAll('-', '_')}`;
}

function remedy(tool) {
  const command = `${tool.slow || tool.long ? 'OUTRIGGER_TEST=full ' : ''}node e2e/tools/install.mjs`;
  return obstacle(tool) ?? `run ${command}`;
}
