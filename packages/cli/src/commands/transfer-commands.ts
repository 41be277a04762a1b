import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { TransferFlags } from '../transfer/run-transfer.js';
import type { ImportFlags } from './import.js';

const CONFIG = ['[config.yml]', 'the configuration of the registry'] as const;

/** The commands that copy images into a store, out of it, or to another one. */
export function addTransfers(program: Command): void {
  addImport(program);
  addExport(program);
  addMigrate(program);
}

const COMMON_HELP = `
What is there with the right digest is not copied again: after an interruption, run the same command once more. Every content is
verified on its way. A registry may serve the store meanwhile. The exit status is 1 when anything could not be copied.`;

const IMPORT_HELP = `
A layout is a directory with a file oci-layout, or a tar archive of one, not compressed. Of a tree of them each becomes the repository of
its path: what is no name of a repository is refused, unless --map gives it another one.
${COMMON_HELP}`;

function addImport(program: Command): void {
  withFlags(
    program
      .command('import')
      .description(
        'bring OCI image layouts into the store: what skopeo, oras, regctl, crane and buildah write',
      )
      .argument('<layout>', 'a layout, a tar archive of one, or a tree of layouts')
      .argument(...CONFIG)
      .option(
        '--to <name[:tag]>',
        'the repository; of a tree, what comes before the names. Default: as the directory is called',
      )
      .addOption(
        new Option('--map <directory=name>', 'the name of one layout of a tree; may be repeated')
          .argParser(addMapping)
          .default(new Map<string, string>(), 'none'),
      ),
  )
    .addHelpText('after', IMPORT_HELP)
    .action(async (layout: string, file: string | undefined, flags: ImportFlags) => {
      const { runImport } = await import('./import.js');
      await runImport(layout, file, flags);
    });
}

const EXPORT_HELP = `
An image comes with what refers to it: signatures, SBOMs. A name without a tag is the whole repository. A pattern ('team/*', '**') makes a tree of
layouts. A target that ends in .tar is an archive of one layout; it gets its name when it is whole.
${COMMON_HELP}`;

function addExport(program: Command): void {
  withFlags(
    program
      .command('export')
      .description('write images as OCI image layouts')
      .argument('<name>', 'name, name:tag, name@digest, or a pattern of names')
      .argument('<target>', 'a directory, or a file that ends in .tar')
      .argument(...CONFIG),
  )
    .addHelpText('after', EXPORT_HELP)
    .action(async (name: string, target: string, file: string | undefined, flags: TransferFlags) => {
      const { runExport } = await import('./export.js');
      await runExport(name, target, file, flags);
    });
}

const MIGRATE_HELP = `
Repositories, manifests, tags, blobs and referrers, from any driver to any other. Tags of the second store are set to what the first one says; what
only the second has is told, and stays. "even" says that nothing was left to copy. REGISTRY_* in the environment are passed over: there are two
configurations.
${COMMON_HELP}`;

function addMigrate(program: Command): void {
  withFlags(
    program
      .command('migrate')
      .description('copy all of one store into another one')
      .argument('<from.yml>', 'the configuration of the store that there is')
      .argument('<to.yml>', 'the configuration of the new one'),
  )
    .addHelpText('after', MIGRATE_HELP)
    .action(async (from: string, to: string, flags: TransferFlags) => {
      const { runMigrate } = await import('./migrate.js');
      await runMigrate(from, to, flags);
    });
}

function withFlags(command: Command): Command {
  return command
    .option('-d, --dry-run', 'say what would be copied, change nothing', false)
    .option('--parallel <count>', 'contents at a time', toCount, 8)
    .option('--json', 'a report as JSON, and no lines', false)
    .option('-q, --quiet', 'say only what could not be copied', false);
}

function toCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && count <= 64) return count;
  throw new InvalidArgumentError('must be 1 to 64');
}

function addMapping(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError('must be directory=name');
  return new Map([...before, [text.slice(0, at), text.slice(at + 1)]]);
}
