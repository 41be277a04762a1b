import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { testAccount } from '../harness/client.js';
import { createContent } from '../harness/content.js';
import { controlSocket } from '../harness/control-socket.js';
import { request } from '../harness/http.js';
import { createImages, writeLayout } from '../harness/images.js';
import { expectImages } from '../harness/layout-check.js';
import { MAIN } from '../harness/paths.js';
import { pushImages, tagDigest } from '../harness/push-images.js';
import { KIB } from '../harness/scale.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';
import { until } from '../harness/until.js';
import { expectStatus, pushBlob } from '../harness/upload.js';
import { testWorkers } from '../workers/registry-of-workers.js';

const images = createImages();
const GC = { enabled: true, interval: '300ms', grace: '1s', refresh: '100ms', deleteUntagged: true };

/** A configuration whose repositories `team/**` lie in another directory. */
async function withTeam(settings: Readonly<Record<string, unknown>> = {}) {
  const team = await temporaryDirectory();
  const storage = { filesystem: { rootdirectory: team } };
  return { team, stores: [{ prefix: 'team', storage, ...settings }] };
}

interface Driver {
  readonly name: string;
  readonly pid: number;
  readonly store?: string;
}

async function driversOf({ pid }: Pick<RunningRegistry, 'pid'>): Promise<readonly Driver[]> {
  const { body } = await request('http://registry/', { socketPath: await controlSocket(pid) });
  return (JSON.parse(body.toString()) as { drivers: Driver[] }).drivers;
}

function hasBlob(store: string, digest: string): Promise<boolean> {
  const [algorithm = '', hex = ''] = digest.split(':');
  return stat(join(store, 'docker/registry/v2/blobs', algorithm, hex.slice(0, 2), hex, 'data')).then(
    () => true,
    () => false,
  );
}

async function catalog({ url }: RunningRegistry): Promise<unknown> {
  return JSON.parse((await expectStatus(200, request(`${url}/v2/_catalog`))).body.toString());
}

describe('a registry with a store for some of its repositories', () => {
  test('skopeo copies from one store to the other and back; the catalog is one', async (context) => {
    const { team, stores } = await withTeam();
    const registry = await testRegistry({ sections: { outrigger: { profile: 'strict', stores } } });
    const { run, home } = await testAccount();
    await writeLayout(join(home, 'layout'), images);
    const skopeo = useTool(context, 'skopeo');
    const copy = (...args: string[]) =>
      run(skopeo, 'copy', '--all', '--src-tls-verify=false', '--dest-tls-verify=false', ...args);
    const [plain, other] = [
      `docker://${registry.host}/plain/app:v1`,
      `docker://${registry.host}/team/app:v1`,
    ];
    await copy('oci:layout:multi', plain);
    await copy(plain, other);
    await copy(other, 'oci:back:multi');
    await expectImages(join(home, 'back'), [images.amd64, images.arm64]);
    expect(await tagDigest(registry, 'team/app', 'v1')).toBe(images.index.digest);
    expect(await catalog(registry)).toEqual({ repositories: ['plain/app', 'team/app'] });
    const { digest } = images.amd64.config;
    expect([await hasBlob(registry.store, digest), await hasBlob(team, digest)]).toEqual([true, true]);
  });

  test('each store has its own driver: one is replaced, and one killed, and the other serves on', async () => {
    const { stores } = await withTeam();
    const registry = await testRegistry({ sections: { outrigger: { profile: 'strict', stores } } });
    await pushImages(registry, 'plain', images);
    await pushImages(registry, 'team', images);
    const [main, team] = await driversOf(registry);
    expect([main?.store, team?.store]).toEqual([undefined, 'team']);
    if (team !== undefined) process.kill(team.pid, 'SIGKILL');
    expect(await tagDigest(registry, 'plain', 'multi')).toBe(images.index.digest);
    await until('the killed driver', async () => {
      const { status } = await request(`${registry.url}/v2/team/blobs/${images.amd64.config.digest}`);
      return status === 200;
    });
    const before = await driversOf(registry);
    expect(before[0]?.pid).toBe(main?.pid);
    const socket = await controlSocket(registry.pid);
    await execa(process.execPath, [MAIN, 'driver', 'reload', 'filesystem', '--socket', socket]);
    const after = await driversOf(registry);
    expect(after.map(({ pid }) => before.some((each) => each.pid === pid))).toEqual([false, false]);
    expect(await tagDigest(registry, 'team', 'multi')).toBe(images.index.digest);
  });

  test('collects the garbage of the store where that is switched on', async () => {
    const { team, stores } = await withTeam({ gc: GC });
    const registry = await testRegistry({ sections: { outrigger: { profile: 'strict', stores } } });
    const content = createContent('garbage', 10 * KIB);
    await pushBlob(registry.url, 'plain', content);
    await pushBlob(registry.url, 'team/app', content);
    await until('the end of the garbage', async () => !(await hasBlob(team, content.digest)));
    expect(await hasBlob(registry.store, content.digest)).toBe(true);
  });

  test('several processes serve all stores', async () => {
    const { team, stores } = await withTeam();
    const registry = await testWorkers({ own: { stores } });
    for (const name of ['plain', 'team/app']) await pushImages(registry, name, images);
    for (let turn = 0; turn < 8; turn++)
      for (const name of ['plain', 'team/app'])
        expect(await tagDigest(registry, name, 'multi')).toBe(images.index.digest);
    const { digest } = images.arm64.config;
    expect([await hasBlob(registry.store, digest), await hasBlob(team, digest)]).toEqual([true, true]);
    const drivers = await driversOf(registry);
    expect(drivers.map(({ store }) => store)).toEqual([
      undefined,
      'team',
      undefined,
      'team',
      undefined,
      'team',
    ]);
    expect(await registry.metrics()).toMatch(/outrigger_driver_up\{.*store="team"/);
    await expectStatus(202, request(`${registry.url}/v2/team/app/manifests/multi`, { method: 'DELETE' }));
    for (let turn = 0; turn < 8; turn++)
      await expectStatus(404, request(`${registry.url}/v2/team/app/manifests/multi`));
    expect(await tagDigest(registry, 'plain', 'multi')).toBe(images.index.digest);
  });
});
