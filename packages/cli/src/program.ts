import { CAPABILITY_NAMES } from '@outrigger/driver';
import { Argument, Command, Option } from 'commander';
import { addConfig } from './commands/config-command.js';
import { addTransfers } from './commands/transfer-commands.js';
import type { RunningFlags } from './commands/driver-status.js';
import type { DriverNewFlags } from './commands/driver-new.js';
import type { DriverTestFlags } from './commands/driver-test.js';
import type { GarbageCollectFlags } from './commands/garbage-collect.js';
import type { RetentionFlags } from './commands/retention.js';
import { EXIT_HELP } from './exit-codes.js';
import { readVersion } from './version.js';

/** The command line. What a command needs is loaded when it runs. */
export function createProgram(): Command {
  const program = new Command('outrigger')
    .description('A container registry whose storage drivers are programs of their own')
    .version(readVersion(), '-v, --version')
    .exitOverride()
    .showHelpAfterError('(outrigger --help tells more)')
    .addHelpText('after', EXIT_HELP);
  addServe(program);
  addGarbageCollect(program);
  addTransfers(program);
  addRetention(program);
  addDu(program);
  addDriver(program);
  addConfig(program);
  addCompletion(program);
  return program;
}

function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the registry until SIGTERM or SIGINT')
    .argument(
      '[config.yml]',
      "configuration in Distribution's form; default: a built-in one, on 127.0.0.1:5000",
    )
    .option('--trace', 'log every message between the registry and its storage driver, secrets masked', false)
    .addHelpText('after', SERVE_HELP)
    .action(async (file: string | undefined, { trace }: { trace: boolean }) => {
      const { serve } = await import('./serve/serve.js');
      const print = (text: string) => void process.stdout.write(text);
      await serve({ file, trace, environment: process.env, print });
    });
}

const SERVE_HELP = `
REGISTRY_A_B_C in the environment overrides the key a.b.c of the configuration, for example
REGISTRY_HTTP_ADDR=127.0.0.1:5001 or REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/srv/registry.`;

function addGarbageCollect(program: Command): void {
  program
    .command('garbage-collect')
    .description('delete content that no manifest refers to; nobody may push meanwhile')
    .argument('[config.yml]', 'the configuration of the registry')
    .option('-d, --dry-run', 'do everything except remove the blobs', false)
    .option('-m, --delete-untagged', 'delete manifests that are not currently referenced via tag', false)
    .option('-q, --quiet', 'silence output', false)
    .addHelpText('after', GARBAGE_HELP)
    .action(async (file: string | undefined, flags: GarbageCollectFlags) => {
      const { runGarbageCollect } = await import('./commands/garbage-collect.js');
      await runGarbageCollect(file, flags);
    });
}

const GARBAGE_HELP = `
Referrers (signatures, SBOMs) of a manifest that stays stay too, tagged or not. When anything cannot be read, nothing is
deleted and the exit status is 1. A registry with outrigger.gc.enabled collects by itself, while it runs.`;

function addRetention(program: Command): void {
  program
    .command('retention')
    .description('delete the tags and manifests that no policy of the configuration keeps')
    .argument('[config.yml]', 'the configuration of the registry')
    .option('-d, --dry-run', 'say what would be deleted and why, and delete nothing', false)
    .option('--explain', 'say what stays, too, and which rule keeps it', false)
    .option('--json', 'a line of JSON for each decision', false)
    .option('--repository <glob>', 'only these repositories')
    .addHelpText('after', RETENTION_HELP)
    .action(async (file: string | undefined, flags: RetentionFlags) => {
      const { runRetention } = await import('./commands/retention.js');
      await runRetention(file, flags);
    });
}

const RETENTION_HELP = `
The policies are outrigger.retention.policies. Registries may run on the store meanwhile. Content is freed by the garbage
collection. A registry that serves applies its policies by itself.`;

function addDu(program: Command): void {
  program
    .command('du')
    .description('what repositories take, and what sharing content saves')
    .argument('<config.yml>', 'the configuration of the registry')
    .argument('[repository...]', 'only these: names in which * is anything without a slash, ** anything')
    .option('--json', 'as JSON, in bytes', false)
    .action(async (file: string, repositories: string[], flags: { json: boolean }) => {
      const { showUsage } = await import('./commands/du.js');
      await showUsage(file, repositories, flags);
    });
}

function addDriver(program: Command): void {
  const driver = program.command('driver').description('make storage drivers, prove them and look at them');
  addDriverNew(driver);
  addDriverTest(driver);
  addDriverDoctor(driver);
  driver
    .command('list')
    .description('the storage drivers that are installed')
    .option('--json', 'as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const { listInstalled } = await import('./commands/driver-list.js');
      await listInstalled({ json });
    });
  driver
    .command('info')
    .description('what a storage driver is and can do')
    .argument('<name-or-path>')
    .option('--json', 'as JSON', false)
    .action(async (name: string, { json }: { json: boolean }) => {
      const { showInfo } = await import('./commands/driver-info.js');
      await showInfo(name, { json });
    });
  addRunning(driver);
}

/** What is asked of a registry that runs. */
function addRunning(driver: Command): void {
  const socket = '--socket <path>';
  const socketHelp = 'control socket of the registry; default: that of the only one that this user runs';
  driver
    .command('status')
    .description('how the storage drivers of a running registry are')
    .option(socket, socketHelp)
    .option('--json', 'as JSON', false)
    .action(async (flags: RunningFlags) => {
      const { showStatus } = await import('./commands/driver-status.js');
      await showStatus(flags);
    });
  driver
    .command('reload')
    // As it was called when it was for crashes only.
    .alias('restart')
    .description(
      'find the executable of a storage driver anew, and put a process of it in the place of the running one, without losing a call',
    )
    .argument('[name]', 'default: the one that the registry has')
    .option(socket, socketHelp)
    .option('--json', 'as JSON', false)
    .addHelpText('after', RELOAD_HELP)
    .action(async (name: string | undefined, flags: RunningFlags) => {
      const { reloadDriver } = await import('./commands/driver-reload.js');
      await reloadDriver(name, flags);
    });
}

const RELOAD_HELP = `
Digests that are pinned are read from the configuration again. A new version that does not come up leaves the running one in its
place, and the exit status is 69. SIGHUP does the same where the executable has changed.`;

const NEW_HELP = `
The project is a small driver that works, with objects in memory, its tests, packaging and CI. Nothing is written into a
directory that is not empty. --sdk is for those who work on Outrigger, or whose registry of packages has no libraries of it.`;

function addDriverNew(driver: Command): void {
  driver
    .command('new')
    .description('write a project for a storage driver of your own')
    .argument('<name>', 'of the driver: my-store for the program registry-storage-my-store')
    .addOption(
      new Option('--lang <language>', 'what it is written in')
        .choices(['ts', 'go', 'python', 'rust'])
        .makeOptionMandatory(),
    )
    .option('--directory <directory>', 'where the project goes; default: registry-storage-<name>')
    .option('--sdk <checkout>', 'take the libraries and the command from this built checkout of Outrigger')
    .addHelpText('after', NEW_HELP)
    .action(async (name: string, flags: DriverNewFlags) => {
      const { newDriver } = await import('./commands/driver-new.js');
      await newDriver(name, flags);
    });
}

const TEST_HELP = `
Parameters are a JSON object: '{"rootdirectory": "/tmp/store"}'. The store has to be empty. A directory that the driver
wants and that is not given is a temporary one. --full runs the long forms, of gigabytes and thousands of objects.
The levels, the cases and the schema of the report are in docs/protocol/conformance.md.

Exit status: 0 when no case failed and every level that was asked for is reached, otherwise 1.`;

function levelOption(): Option {
  return new Option('--level <name...>', 'only these levels of conformance; default: all').choices([
    'core',
    'socket',
    'file',
    ...CAPABILITY_NAMES.filter((name) => name !== 'localFiles'),
  ]);
}

function addDriverTest(driver: Command): void {
  driver
    .command('test')
    .description('prove a storage driver against the contract and the protocol')
    .argument('<name-or-path>')
    .argument('[parameters]', 'a JSON object')
    .addOption(
      new Option('--plane <plane>', 'only this way for content; default: each that the driver has').choices([
        'inline',
        'socket',
        'file',
      ]),
    )
    .addOption(levelOption())
    .option('--report <file>', 'write what happened, as JSON')
    .option('--badge <file>', 'write a picture of the levels that were reached, as SVG')
    .addOption(new Option('--short', 'the short forms, the default').conflicts('full'))
    .addOption(new Option('--full', 'the long forms').default(process.env.OUTRIGGER_TEST === 'full'))
    .addOption(new Option('--reporter <name>').choices(['spec', 'tap', 'junit', 'json']).default('spec'))
    .addHelpText('after', TEST_HELP)
    .action(async (name: string, parameters: string | undefined, flags: DriverTestFlags) => {
      const { runDriverTest } = await import('./commands/driver-test.js');
      await runDriverTest(name, parameters, flags);
    });
}

const DOCTOR_HELP = `
Parameters are a JSON object, - for one on standard input, or the configuration of a registry, with the REGISTRY_* variables of this shell. It writes
below a directory of its own, /_outrigger-doctor-<uuid>, and removes it in the end, also after Ctrl-C. Nothing secret is printed.

Exit status: 0 when nothing failed, otherwise 1; 130 or 143 when a signal ended it.`;

function addDriverDoctor(driver: Command): void {
  driver
    .command('doctor')
    .description('try a storage driver with its parameters, and say what is missing')
    .argument('<name-or-path>')
    .argument('[config.yml|parameters]', 'a configuration, a JSON object, or -')
    .option('--json', 'as JSON', false)
    .addHelpText('after', DOCTOR_HELP)
    .action(async (name: string, given: string | undefined, flags: { json: boolean }) => {
      const { runDriverDoctor } = await import('./commands/driver-doctor.js');
      await runDriverDoctor(name, given, flags);
    });
}

function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes the command line')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('./commands/completion.js');
      process.stdout.write(completionScript(shell, program));
    });
}
