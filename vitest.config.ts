import { readdirSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Tests run on the sources of every package; the processes that they start run the build. Node's own conditions: not 'module'. */
const conditions = ['@outrigger/source', 'node', 'import', 'default'];

/** The contract over a server takes longest: what begins last is short, so that the workers end at the same time. */
class ContractsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isCloud = ({ project }: TestSpecification) => project.name === 'cloud';
    const isContract = ({ moduleId }: TestSpecification) => /\/contract[^/]*$/.test(moduleId);
    const cloud = sorted.filter(isCloud);
    return [
      ...sorted.filter((file) => !isCloud(file)),
      ...cloud.filter(isContract),
      ...cloud.filter((file) => !isContract(file)),
    ];
  }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    maxWorkers: 2,
    sequence: { sequencer: ContractsFirst },
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
          exclude: [...configDefaults.exclude, 'e2e/cloud/**'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // These wait for servers most of the time, and share neither files nor ports with each other.
        extends: true,
        test: {
          name: 'cloud',
          include: ['e2e/cloud/**/*.test.ts'],
          maxWorkers: 3,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
