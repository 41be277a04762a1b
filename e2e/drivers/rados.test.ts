import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerIpcSuite } from '@outrigger/testsuite/vitest';
import type { CephCluster } from '../harness/ceph-server.js';
import { startCeph } from '../harness/ceph-server.js';
import { fromRoot } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';
import { findTool } from '../harness/tool.js';

// The system's own Python has the module of librados, which comes with Ceph's command.
const SYSTEM_PYTHON = '/usr/bin/python3';
const SOURCES = `${fromRoot('plugins/rados/src')}:${fromRoot('sdks/python/src')}`;

const found = findTool('ceph-osd');
const missing = typeof found === 'string' ? undefined : found.missing;

let cluster: CephCluster | undefined;
let pools = 0;

beforeAll(
  async () => {
    if (missing === undefined) cluster = await startCeph();
  },
  seconds(0, 300),
);
afterAll(() => cluster?.stop());

/** Of a new and empty pool. */
async function parameters() {
  if (cluster === undefined) throw new Error('Ceph does not run');
  const poolname = `pool${String(++pools)}`;
  await cluster.run('ceph', 'osd', 'pool', 'create', poolname, '8');
  return { poolname, cephconf: cluster.config };
}

registerIpcSuite('rados', {
  executable: fromRoot('plugins/rados/bin/registry-storage-rados'),
  parameters,
  planes: ['inline', 'socket'],
  skipCheck: () => missing,
});

test.skipIf(missing !== undefined).each([
  ['the data of the old driver is served', 'old_layout.py'],
  ['content that nobody refers to is removed, and no other', 'sweeping.py'],
])(
  '%s',
  async (_, name) => {
    const { poolname, cephconf } = await parameters();
    const program = fromRoot(`plugins/rados/tests/${name}`);
    const env = { PYTHONPATH: SOURCES, PYTHONDONTWRITEBYTECODE: '1' };
    const run = await execa(SYSTEM_PYTHON, [program, cephconf, poolname], { env, reject: false, all: true });
    expect(run.exitCode, run.all).toBe(0);
  },
  seconds(0, 120),
);
