import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const isFull = process.env.OUTRIGGER_TEST === 'full';
/** What the race detector needs. */
const compiler = 'gcc';
/** A number of runs: go takes the end of a time for a failure on a busy machine. */
const fuzz = ['-run', '^$', '-fuzz', 'FuzzReader', '-fuzztime', '30000x', '-fuzzminimizetime', '10x'];

/** What is compiled lies in Go's own cache, as that of e2e/tools does. */
export const go = {
  language: 'go',
  needs: ['go'],
  steps: [
    { name: 'fmt', command: () => ['gofmt', '-d', '.'] },
    step('vet', 'vet', './...'),
    { name: 'test', command: ({ go: command }) => [command, 'test', ...race(), './...'] },
    step('fuzz', 'test', ...fuzz, './internal/frame'),
    // All of distribution is compiled for these, and its whole suite runs over our drivers.
    ...(isFull
      ? [inBridge('bridge vet', 'vet'), inBridge('bridge test', 'test', '-short', '-timeout', '30m')]
      : []),
  ],
  build: ({ go: command }, directory) => {
    const executable = join(directory, 'registry-storage-go-fs');
    return { commands: [[command, 'build', '-o', executable, './cmd/registry-storage-go-fs']], executable };
  },
};

function step(name, ...flags) {
  return { name, command: ({ go: command }) => [command, ...flags] };
}

function race() {
  return spawnSync(compiler, ['--version']).status === 0 ? ['-race'] : [];
}

/** -short: without it distribution's suite writes 5 GiB to each driver. The other flags are those of e2e/tools: nothing is compiled twice. */
function inBridge(name, ...flags) {
  const directory = 'sdks/go/bridge';
  return { ...step(name, ...flags, '-trimpath', './...'), directory, env: { CGO_ENABLED: '0' } };
}
