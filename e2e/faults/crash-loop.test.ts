import { expect, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { breakableDriver } from '../harness/driver-directory.js';
import { errorCodes, request } from '../harness/http.js';
import { isRunning } from '../harness/processes.js';
import { pull } from '../harness/pull.js';
import { KIB } from '../harness/scale.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { SECRET, freePort, testRegistry } from '../harness/start-registry.js';
import { until } from '../harness/until.js';
import { pushBlob } from '../harness/upload.js';

const NAME = 'faults/loop';
/** Larger than what the registry keeps in memory. */
const content = createContent('crash loop', 512 * KIB);

test('F15: a driver that ends at every start: 503 at once, not ready, the host stays up, and all is well when the driver is', async () => {
  const driver = await breakableDriver('breakable');
  const [port, debugPort] = [await freePort(), await freePort()];
  const debug = { addr: `127.0.0.1:${debugPort}` };
  const registry = await testRegistry({
    driver: 'breakable',
    driverDirectories: [driver.directory],
    port,
    sections: { http: { addr: `127.0.0.1:${port}`, secret: SECRET, debug } },
  });
  const health = (what: string) => request(`http://${debug.addr}/debug/health/${what}`);
  const blob = `${registry.url}/v2/${NAME}/blobs/${content.digest}`;
  await pushBlob(registry.url, NAME, content);

  await driver.break();
  process.kill(await registry.driverPid(), 'SIGKILL');
  await breakerOpens(registry);

  // Calls fail instead of waiting for a driver: far more of them than the host tries to start drivers.
  const attempts = startAttempts(registry);
  for (let count = 0; count < 100; count++) {
    const answer = await request(blob);
    expect(answer.status).toBe(503);
    expect(errorCodes(answer)).toEqual(['UNAVAILABLE']);
    expect(answer.headers['retry-after']).toBeDefined();
    expect(answer.body.toString()).not.toContain('disk array');
  }
  expect(startAttempts(registry) - attempts).toBeLessThan(50);
  await expect(pushBlob(registry.url, NAME, createContent('refused', 4 * KIB))).rejects.toThrow('503');
  expect(await request(`${registry.url}/v2/`)).toMatchObject({ status: 200 });
  // Whoever balances sends clients elsewhere; whoever restarts what is dead leaves it alone.
  await until('a registry that is not ready', async () => (await health('ready')).status === 503);
  expect(await health('live')).toMatchObject({ status: 200 });
  expect(isRunning(registry.pid)).toBe(true);
  expect(registry.logs()).toContain('the disk array does not answer');

  await driver.heal();
  // It was started twelve times in a minute at the most, and has to wait for the next one then.
  await until('a driver that serves again', async () => (await request(blob)).status === 200, 150_000);
  expect(await pull(blob).result).toMatchObject({ bytes: content.size, digest: content.digest });
  await until('a registry that is ready', async () => (await health('ready')).status === 200);
  await registry.driverPid();
});

/** The first calls wait for the next start, the later ones do not. */
async function breakerOpens(registry: RunningRegistry): Promise<void> {
  await until('5 failures in a row', () => startAttempts(registry) >= 5);
}

function startAttempts(registry: RunningRegistry): number {
  return registry
    .logs()
    .split('\n')
    .filter((line) => line.includes('msg="storage driver breakable did not start')).length;
}
