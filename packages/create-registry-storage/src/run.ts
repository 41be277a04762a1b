import { parseArgs } from 'node:util';
import { ask } from './ask.js';
import { createProject } from './create-project.js';
import { checkDriverName } from './driver-name.js';
import type { Language } from './languages.js';
import { LANGUAGES, isLanguage } from './languages.js';
import { nextSteps } from './next-steps.js';
import { ScaffoldError } from './scaffold-error.js';

const USAGE = `Usage: npm create registry-storage <name> -- --lang <${LANGUAGES.join('|')}> [--directory <directory>] [--sdk <checkout>]

Makes a project for a storage driver of the Outrigger registry: a small driver that works, with its tests, packaging and CI.

  <name>                  of the driver: my-store for the program registry-storage-my-store
  --lang <language>       ${LANGUAGES.join(', ')}
  --directory <directory> where the project goes; default: registry-storage-<name>
  --sdk <checkout>        take the libraries and the command from this built checkout of Outrigger
  -h, --help              this

What is not given is asked for, on a terminal.
`;

/** As in sysexits.h. */
const EXIT_USAGE = 64;

/** @returns the exit status */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const { positionals, values } = parse(args);
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    if (positionals.length > 1) throw new ScaffoldError(`one name is enough: ${positionals.join(', ')}`);
    const name = positionals[0] ?? (await askName());
    checkDriverName(name);
    const language = values.lang === undefined ? await askLanguage() : toLanguage(values.lang);
    const { directory, sdk } = values;
    process.stdout.write(nextSteps(await createProject({ name, language, directory, sdk })));
    return 0;
  } catch (error) {
    if (!(error instanceof ScaffoldError)) throw error;
    process.stderr.write(`create-registry-storage: ${error.message}\n`);
    return EXIT_USAGE;
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        lang: { type: 'string' },
        directory: { type: 'string' },
        sdk: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new ScaffoldError(`${cause instanceof Error ? cause.message : 'wrong arguments'}\n\n${USAGE}`, {
      cause,
    });
  }
}

function askName(): Promise<string> {
  return ask('Name of the driver', 'give its name: npm create registry-storage my-store -- --lang ts');
}

async function askLanguage(): Promise<Language> {
  const choices = LANGUAGES.join(', ');
  return toLanguage(await ask(`Language (${choices})`, `give a language: --lang ${LANGUAGES.join('|')}`));
}

function toLanguage(text: string): Language {
  if (isLanguage(text)) return text;
  throw new ScaffoldError(
    `there is no template for ${JSON.stringify(text)}; there are: ${LANGUAGES.join(', ')}`,
  );
}
