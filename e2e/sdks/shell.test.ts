import { test } from 'vitest';
import { fromRoot } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';
import { prove } from './prove.js';

test(
  'the driver in shell holds before outrigger driver test',
  async (context) => {
    useTool(context, 'jq');
    const driver = fromRoot('examples/shell/registry-storage-sh-fs');
    await prove(driver, { rootdirectory: await temporaryDirectory() }, ['core', 'atomicDirectoryMove']);
  },
  seconds(1800),
);
