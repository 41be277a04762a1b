import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Tests run on the sources of every package; the processes that they start run the build. Node's own conditions: not 'module'. */
const conditions = ['@outrigger/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    maxWorkers: 2,
    // A busy machine is no fault: what is waited for may take a while.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      ...readdirSync(new URL('packages', import.meta.url)).map((name) => ({
        extends: true as const,
        test: {
          name,
          include: [`packages/${name}/test/**/*.test.ts`],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      })),
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
