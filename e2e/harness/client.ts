import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary-directory.js';

const TIMEOUT_MS = 120_000;

/** A user's account for the clients of one test: no setting, cache or credential of the machine gets in, and none out. */
export interface Account {
  /** Their home, and the directory in which they run. */
  readonly home: string;
  /**
   * Runs a client to its end.
   *
   * @returns what it printed on stdout
   * @throws Error with everything that it printed, when it fails
   */
  readonly run: (tool: string, ...args: readonly string[]) => Promise<string>;
}

export async function testAccount(): Promise<Account> {
  const home = await temporaryDirectory();
  const docker = join(home, 'docker');
  const runtime = join(home, 'runtime');
  await mkdir(docker);
  await mkdir(runtime, { mode: 0o700 });
  await writeFile(join(docker, 'config.json'), '{}');
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    TMPDIR: home,
    DOCKER_CONFIG: docker,
    REGCTL_CONFIG: join(home, 'regctl.json'),
    XDG_RUNTIME_DIR: runtime,
  };
  return {
    home,
    async run(tool, ...args) {
      const { stdout } = await execa(tool, args, {
        env,
        extendEnv: false,
        cwd: home,
        timeout: TIMEOUT_MS,
        stdin: 'ignore',
      });
      return stdout;
    },
  };
}
