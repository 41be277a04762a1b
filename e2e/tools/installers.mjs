// Installs tools, each by its own means; what fails is told and stops nothing else.
import { installWithApt, updateLists } from './apt.mjs';
import { cachedCommand, discard } from './cache.mjs';
import { installWithDeb } from './deb.mjs';
import { installWithGo } from './go.mjs';
import { installWithNpm } from './npm.mjs';
import { installWithVenv } from './venv.mjs';

const BUILDERS = { deb: installWithDeb, go: installWithGo, npm: installWithNpm, venv: installWithVenv };

/** Takes [{tool, command?}]; resolves to a map of each tool to the reason why it failed, or to undefined. */
export async function installAll(wanted) {
  const errors = new Map();
  const by = (...means) => wanted.filter(({ tool }) => means.includes(tool.by));
  // Packages are downloads for the most part, builds are not.
  await Promise.all([
    installPackages(
      by('apt').map(({ tool }) => tool),
      errors,
    ).then(() => buildEach(by('deb', 'venv', 'npm'), errors)),
    buildEach(by('go'), errors),
  ]);
  return errors;
}

async function buildEach(wanted, errors) {
  for (const { tool, command } of wanted)
    errors.set(tool, await attempt(`building ${tool.name}`, () => build(tool, command)));
}

/** All packages in one go; if that fails, one by one, so that one that cannot be had holds up no other. */
async function installPackages(tools, errors) {
  if (tools.length === 0) return;
  const listError = await attempt('updating the package lists', updateLists);
  const together = listError ?? (await attempt(`installing ${names(tools)}`, () => installWithApt(tools)));
  for (const tool of tools) {
    const retry = together && !listError && tools.length > 1;
    errors.set(
      tool,
      retry ? await attempt(`installing ${tool.name}`, () => installWithApt([tool])) : together,
    );
  }
}

function names(tools) {
  return tools.map((tool) => tool.name).join(', ');
}

function build(tool, command) {
  const isBroken = command === cachedCommand(tool);
  if (isBroken) discard(tool);
  return BUILDERS[tool.by](tool);
}

async function attempt(what, action) {
  console.log(`${what} ...`);
  try {
    await action();
    return undefined;
  } catch (error) {
    return error.message;
  }
}
