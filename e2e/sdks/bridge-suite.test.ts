import { execa } from 'execa';
import { expect, test } from 'vitest';
import { startMoto } from '../harness/moto-server.js';
import { fromRoot } from '../harness/paths.js';
import { scaled, seconds } from '../harness/scale.js';
import { useTool } from '../harness/tool.js';

/** The suite over drivers that need no server is a step of scripts/sdks/go.mjs, in the long form, too. */
test(
  'our S3 driver holds before the suite of distribution 3',
  async (context) => {
    if (scaled(true, false)) context.skip('it belongs to the long form of the tests: OUTRIGGER_TEST=full');
    const go = useTool(context, 'go');
    const server = await startMoto(useTool(context, 'moto-server'));
    try {
      const store = await server.createStore();
      // Without -short it writes 5 GiB.
      const args = [
        'test',
        '-trimpath',
        '-short',
        '-timeout',
        '20m',
        '-run',
        'TestDistributionsSuite/s3',
        '.',
      ];
      const { exitCode, all } = await execa(go, args, {
        cwd: fromRoot('sdks/go/bridge'),
        env: { CGO_ENABLED: '0', OUTRIGGER_TEST_S3: JSON.stringify(store.parameters()) },
        reject: false,
        all: true,
      });
      expect(exitCode, all).toBe(0);
    } finally {
      await server.stop();
    }
  },
  seconds(1200),
);
