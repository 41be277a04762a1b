import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { onTestFinished } from 'vitest';
import { freePort } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';

/** Distribution 2.8, whose certificates come from a cache of autocert. Answers its port. */
export async function startDistribution(
  context: TestContext,
  letsencrypt: Readonly<Record<string, unknown>>,
): Promise<number> {
  const tool = useTool(context, 'docker-registry');
  const directory = await temporaryDirectory();
  const port = await freePort();
  const file = join(directory, 'config.yml');
  const config = {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { inmemory: {} },
    http: { addr: `127.0.0.1:${port}`, tls: { letsencrypt } },
  };
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const child = execa(tool, ['serve', file], { reject: false, stdio: 'ignore' });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await child;
  });
  return port;
}
