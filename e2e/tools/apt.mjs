// Installs Debian packages.
import { setTimeout as sleep } from 'node:timers/promises';
import { run, runOrThrow } from './run.mjs';

const LOCK = ['-o', 'DPkg::Lock::Timeout=120'];
const env = { DEBIAN_FRONTEND: 'noninteractive' };

/** The lock of the package lists has no time-out of its own: try again while another apt-get holds it. */
export async function updateLists() {
  for (let tries = 40; ; tries--) {
    const { code, output } = await run('apt-get', ['update', '-qq', ...LOCK], { env });
    if (code === 0) return;
    if (tries === 0 || !/could not get lock/i.test(output))
      throw new Error(`apt-get update: ${output.trim().split('\n')[0]}`);
    await sleep(3000);
  }
}

export async function installWithApt(tools) {
  const packages = tools.map((tool) => `${tool.source}=${tool.pin ?? tool.version}*`);
  await runOrThrow('apt-get', ['install', '-y', '-qq', ...LOCK, '--no-install-recommends', ...packages], {
    env,
  });
}
