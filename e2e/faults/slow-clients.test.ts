import { expect, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { peakMemory } from '../harness/processes.js';
import { pull } from '../harness/pull.js';
import { GIB, MIB, scaled, seconds } from '../harness/scale.js';
import { sip } from '../harness/sip.js';
import { testRegistry } from '../harness/start-registry.js';
import { beginUpload, expectStatus, finishUpload, pushBlob } from '../harness/upload.js';

const NAME = 'faults/slow';
/** What the host may need without them, as in memory.test.ts. */
const LIMIT = 200 * MIB;
const PER_STREAM = 2 * MIB;

test(
  'F16: clients that read 1 KB a second cost the host 2 MiB each at the most, and hold up nobody',
  async () => {
    const registry = await testRegistry({ plane: 'socket' });
    const driver = await registry.driverPid();
    const large = createContent('slow clients', scaled(64 * MIB, GIB));
    const other = createContent('another client', 16 * MIB);
    await expectStatus(201, finishUpload(await beginUpload(registry.url, NAME), large));
    await pushBlob(registry.url, NAME, other);
    const url = (digest: string) => `${registry.url}/v2/${NAME}/blobs/${digest}`;

    const slow = Array.from({ length: scaled(20, 200) }, () => sip(url(large.digest)));
    await Promise.all(slow.map(({ begun }) => begun));
    for (const content of [other, large])
      expect(await pull(url(content.digest)).result).toMatchObject({ digest: content.digest });
    await pushBlob(registry.url, NAME, createContent('a push beside them', 16 * MIB));

    expect(slow.filter(({ isClosed }) => isClosed)).toHaveLength(0);
    for (const each of slow) expect(each.taken()).toBeLessThan(large.size);
    expect(await registry.driverPid()).toBe(driver);
    expect(peakMemory(registry.pid), 'bytes of the host').toBeLessThan(LIMIT + slow.length * PER_STREAM);
  },
  seconds(300, 3600),
);
