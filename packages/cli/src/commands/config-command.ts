import type { Command } from 'commander';

const FILE = ['[config.yml]', 'default: REGISTRY_CONFIGURATION_PATH, or the built-in configuration'] as const;

const CHECK_HELP = `
REGISTRY_A_B_C in the environment counts as it does for serve. The storage driver is asked for its parameters, and not started.

Exit status: 0 when the configuration can be used, 78 when it cannot.`;

/** The `config` commands. */
export function addConfig(program: Command): void {
  const config = program.command('config').description('look at a configuration without running it');
  config
    .command('check')
    .description('say everything that is wrong with a configuration, and what deserves a word')
    .argument(...FILE)
    .addHelpText('after', CHECK_HELP)
    .action(async (file: string | undefined) => {
      const { checkConfig } = await import('./config-check.js');
      await checkConfig(file, process.env);
    });
  config
    .command('print')
    .description(
      'the configuration as it will be used: with the environment and all defaults, secrets masked',
    )
    .argument(...FILE)
    .action(async (file: string | undefined) => {
      const { printConfig } = await import('./config-print.js');
      await printConfig(file, process.env);
    });
  config
    .command('schema')
    .description('a JSON Schema of configuration files, for editors')
    .action(async () => {
      const { configJsonSchema } = await import('../config/json-schema.js');
      process.stdout.write(`${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
    });
}
