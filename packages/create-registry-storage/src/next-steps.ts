import { relative } from 'node:path';
import type { Project } from './create-project.js';
import type { Language } from './languages.js';

/** What gets everything that the project needs, and what proves it. */
const COMMANDS: Readonly<Record<Language, readonly [string, string]>> = {
  ts: ['npm install', 'npm test'],
  go: ['go mod tidy', 'make test'],
  python: ['make .venv/installed', 'make test'],
  rust: ['cargo fetch', 'make test'],
};

/** What to say of a project that was made: where it is, and the three commands to run next. */
export function nextSteps(project: Project): string {
  const { name, language, directory, sdk } = project;
  const place = relative(process.cwd(), directory) || '.';
  const shown = place.startsWith('..') ? directory : place;
  const commands = [`cd ${quoted(shown)}`, ...COMMANDS[language]].map((command) => `  ${command}`);
  const source =
    sdk === undefined
      ? []
      : [`Its library and the command outrigger are those of ${sdk}: keep that directory.`];
  return [
    `The driver ${name} is in ${shown}. Next:`,
    '',
    ...commands,
    '',
    ...source,
    'README.md tells what to change first.',
    '',
  ].join('\n');
}

function quoted(path: string): string {
  return /^[\w/.@+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
