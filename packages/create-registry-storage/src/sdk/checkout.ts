import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Language } from '../languages.js';
import { ScaffoldError } from '../scaffold-error.js';
import type { Files } from '../template.js';
import { packLibraries } from './pack-libraries.js';

/** Files without which a checkout has no libraries for a language, or no command. */
const NEEDED: Readonly<Record<Language, string>> = {
  ts: 'packages/ipc/dist/plugin.js',
  go: 'sdks/go/go.mod',
  python: 'sdks/python/pyproject.toml',
  rust: 'sdks/rust/outrigger-storage/Cargo.toml',
};
const COMMAND = 'packages/cli/dist/main.js';

/** Its path is written into files of four kinds and a command line: no character may mean anything there. */
const PLAIN_PATH = /^[A-Za-z0-9/._@+-]+$/;

/** @throws ScaffoldError when the directory is no built checkout of Outrigger */
export async function checkCheckout(checkout: string, language: Language): Promise<void> {
  if (!PLAIN_PATH.test(checkout))
    throw new ScaffoldError(
      `the path of the checkout, ${checkout}, may have letters, digits and / . _ @ + - only`,
    );
  for (const file of [NEEDED[language], COMMAND])
    await access(join(checkout, file)).catch((cause: unknown) => {
      throw new ScaffoldError(
        `${checkout} is no checkout of Outrigger that is built: ${file} is not there (npm run build makes what is built)`,
        { cause },
      );
    });
}

export interface CheckoutUse {
  /** Absolute, and checked. */
  readonly checkout: string;
  readonly language: Language;
  /** Of the project; what names a library or the command is changed. */
  readonly files: Files;
  /** Where the project is written. */
  readonly project: string;
}

/** Makes a project take the libraries and the command of a checkout, which then has to stay where it is. */
export async function useCheckout(use: CheckoutUse): Promise<void> {
  const { checkout, language, files, project } = use;
  const outrigger = `${checkout}/node_modules/.bin/node ${checkout}/${COMMAND}`;
  switch (language) {
    case 'ts':
      files.set(
        'package.json',
        fromTarballs(textOf(files, 'package.json'), await packLibraries(checkout, project)),
      );
      change(files, 'package.json', '"outrigger driver test', `"${outrigger} driver test`);
      return;
    case 'go':
      append(files, 'go.mod', `\nreplace github.com/outrigger/outrigger/sdks/go => ${checkout}/sdks/go\n`);
      break;
    case 'python':
      change(
        files,
        'pyproject.toml',
        'outrigger-storage>=0.1,<0.2',
        `outrigger-storage @ file://${checkout}/sdks/python`,
      );
      append(files, 'pyproject.toml', '\n[tool.hatch.metadata]\nallow-direct-references = true\n');
      break;
    case 'rust':
      change(
        files,
        'Cargo.toml',
        'outrigger-storage = "0.1.0"',
        `outrigger-storage = { path = "${checkout}/sdks/rust/outrigger-storage" }`,
      );
      // The versions that the library is tested with.
      files.set('Cargo.lock', await readFile(join(checkout, 'sdks/rust/Cargo.lock'), 'utf8'));
  }
  change(files, 'Makefile', 'npx --yes --package=@outrigger/cli@0.1 outrigger', outrigger);
}

/** The libraries come from tarballs, those that they need too; the command stays where it is. */
function fromTarballs(text: string, tarballs: ReadonlyMap<string, string>): string {
  const manifest = JSON.parse(text) as { dependencies: object; devDependencies: Record<string, string> };
  const { '@outrigger/cli': _, ...devDependencies } = manifest.devDependencies;
  const dependencies = { ...manifest.dependencies, ...Object.fromEntries(tarballs) };
  return `${JSON.stringify({ ...manifest, dependencies, devDependencies }, undefined, 2)}\n`;
}

function change(files: Files, path: string, from: string, to: string): void {
  const text = textOf(files, path);
  if (!text.includes(from)) throw new Error(`the template ${path} lacks ${from}`);
  files.set(
    path,
    text.replace(from, () => to),
  );
}

function append(files: Files, path: string, text: string): void {
  files.set(path, textOf(files, path) + text);
}

function textOf(files: Files, path: string): string {
  const text = files.get(path);
  if (text === undefined) throw new Error(`the template has no ${path}`);
  return text;
}
