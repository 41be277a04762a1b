import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Journal } from '../harness/audit.js';
import type { CloudServer, CloudStore } from '../harness/cloud-server.js';
import type { Content } from '../harness/content.js';
import { createContent } from '../harness/content.js';
import { createRandom } from '../harness/random.js';
import { seconds } from '../harness/scale.js';
import type { RegistryOptions, RunningRegistry } from '../harness/start-registry.js';
import { startRegistry } from '../harness/start-registry.js';
import { findTool } from '../harness/tool.js';
import type { ToolName } from '../tools/locate.mjs';
import { ofUploads } from './no-uploads.js';
import type { OverCloud } from './over-cloud.js';
import { soonPurged } from './over-cloud.js';
import { Push } from './push.js';

const NAME = 'killed/push';

type Victim = 'driver' | 'host' | 'server';

export interface CloudKills<Store extends CloudStore> {
  readonly title: string;
  readonly tool: ToolName;
  readonly start: (command: string) => Promise<CloudServer<Store>>;
  readonly over: (store: Store, options?: OverCloud) => RegistryOptions;
  /** Of each content, in bytes. */
  readonly size: number;
  readonly cycles: number;
  readonly timeoutMs: number;
  /** By the name that the test has for it. A server is one that keeps its data. */
  readonly victims: Readonly<Record<string, Victim>>;
  /** What the store has of pushes that nobody ends, besides names. Undefined: it is not shown here that all of it goes. */
  readonly abandoned?: (store: Store) => Promise<readonly string[]>;
}

interface Kill {
  readonly kill: () => Promise<void>;
  readonly heal: () => Promise<unknown>;
}

/** Two pushes at a time, and a kill in the middle of one of them. */
export function registerCloudKills<Store extends CloudStore>(options: CloudKills<Store>): void {
  const { title, tool, over, size, cycles, timeoutMs, victims, abandoned } = options;
  const command = findTool(tool);

  describe.skipIf(typeof command !== 'string')(title, () => {
    const journal = new Journal();
    let server: CloudServer<Store>;
    let store: Store;
    let registry: RunningRegistry;

    beforeAll(async () => {
      server = await options.start(typeof command === 'string' ? command : '');
      store = await server.createStore();
      registry = await startRegistry(over(store));
    });
    afterAll(async () => {
      await registry.stop();
      await server.stop();
    });

    const restart = async (options = over(store)) => {
      await registry.stop();
      registry = await startRegistry({ ...options, port: registry.port });
    };

    const KILLS: Readonly<Record<Victim, Kill>> = {
      driver: {
        kill: async () => void process.kill(await registry.driverPid(), 'SIGKILL'),
        heal: () => registry.driverPid(),
      },
      host: {
        async kill() {
          registry.signal('SIGKILL');
          await registry.exited;
        },
        heal: () => restart(),
      },
      server: {
        async kill() {
          await server.kill();
          await server.start();
        },
        heal: () => registry.driverPid(),
      },
    };

    test.each(Object.entries(victims))(
      '%s: every push can be ended, and what is acknowledged is there',
      async (who, victim) => {
        const random = createRandom(who);
        for (let cycle = 0; cycle < cycles; cycle++) {
          const contents = ['first', 'second'].map((which) =>
            createContent(`${who} ${cycle} ${which}`, size),
          );
          const hit = { index: cycle % 2, at: Math.floor(random() * size) };
          await pushThrough(KILLS[victim], () => registry.url, contents, hit);
          for (const { digest } of contents) journal.acknowledge({ kind: 'blob', name: NAME, digest });
        }
        await journal.audit(registry);
        expect(await store.names()).not.toEqual([]);
      },
      timeoutMs,
    );

    if (abandoned === undefined) return;
    test('and nothing is left of what was abandoned, once it is old enough', async () => {
      await restart(soonPurged(over(store)));
      // The driver removes what an upload holds, and then what it knows of it.
      const left = async () => [...(await abandoned(store)), ...ofUploads(await store.names())];
      await expect.poll(left, { timeout: seconds(60, 300) }).toEqual([]);
      await journal.audit(registry);
    });
  });
}

/** Pushes all at once, kills when so many bytes of one are sent, and ends what is left to end. */
async function pushThrough(
  { kill, heal }: Kill,
  url: () => string,
  contents: readonly Content[],
  hit: { readonly index: number; readonly at: number },
): Promise<void> {
  const pushes = contents.map((content, index) => new Push(url, NAME, content, index === 0));
  const options = { pauseAfter: hit.at, onPause: kill };
  await Promise.all(pushes.map((push, index) => push.attempt(index === hit.index ? options : {})));
  await heal();
  for (const push of pushes) await push.end();
}
