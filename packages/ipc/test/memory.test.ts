import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectDriver } from '../src/host/connect-driver.js';
import type { RemoteDriver } from '../src/host/remote-driver.js';
import { isFull } from './support/frames.js';
import { HOST, connectPair } from './support/pair.js';
import { temporaryDirectory } from './support/temporary-directory.js';
import { countingWriter, readerOf, testFactory } from './support/test-driver.js';

const MIB = 1024 * 1024;
const TOTAL = (isFull ? 1024 : 64) * MIB;

/** The most memory that Buffers and the kernel's reads took over what they took at the start. */
function watchMemory() {
  const start = process.memoryUsage();
  let most = 0;
  return {
    look: () => {
      const { arrayBuffers, external } = process.memoryUsage();
      most = Math.max(most, arrayBuffers - start.arrayBuffers, external - start.external);
    },
    most: () => most,
  };
}

async function readAll(remote: RemoteDriver, look: () => void): Promise<number> {
  const reader = await remote.reader('/a');
  const into = Buffer.alloc(256 * 1024);
  let total = 0;
  for (let count = -1; count !== 0; total += count) {
    count = await reader.read(into);
    look();
  }
  await reader.close();
  return total;
}

async function writeAll(remote: RemoteDriver, size: number, look: () => void): Promise<void> {
  const writer = await remote.writer('/a');
  const chunk = Buffer.alloc(MIB, 7);
  for (let total = 0; total < size; total += chunk.length) {
    await writer.write(chunk);
    look();
  }
  await writer.commit();
}

describe('the socket plane', { timeout: isFull ? 300_000 : 120_000 }, () => {
  it('F16: holds a few MiB for both ends together, however much goes through', async () => {
    let taken = 0;
    const { remote } = await connectPair({
      dataPlanes: ['socket'],
      factory: testFactory({
        reader: async () => readerOf(TOTAL),
        writer: async () => {
          const writer = countingWriter();
          return Object.defineProperties(countingWriter(), {
            ...Object.getOwnPropertyDescriptors(writer),
            write: {
              value: async (chunk: Uint8Array) => {
                taken += chunk.length;
                await writer.write(chunk);
              },
            },
          });
        },
      }),
    });
    // Pools and buffers that stay for good are there after the first round.
    for (const size of [MIB, TOTAL]) {
      const memory = watchMemory();
      await writeAll(remote, size, memory.look);
      if (size === TOTAL) expect(memory.most()).toBeLessThan(16 * MIB);
    }
    expect(taken).toBe(TOTAL + MIB);
    await (await remote.reader('/a')).close();
    const memory = watchMemory();
    expect(await readAll(remote, memory.look)).toBe(TOTAL);
    expect(memory.most()).toBeLessThan(16 * MIB);
  });

  it('holds as little when the driver is a process', async () => {
    const file = fileURLToPath(new URL('../../plugin-fs/dist/main.js', import.meta.url));
    const child = spawn(process.execPath, [file, '{}'], { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
    const exited = once(child, 'exit');
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const remote = await connectDriver({
      input: child.stdout,
      output: child.stdin,
      name: 'filesystem',
      parameters: { rootdirectory: await temporaryDirectory(), commit: 'relaxed' },
      host: HOST,
      directory: await temporaryDirectory(),
      dataPlanes: ['socket'],
      timeoutMs: 60_000,
    });
    const memory = watchMemory();
    await writeAll(remote, TOTAL, memory.look);
    expect(await readAll(remote, memory.look)).toBe(TOTAL);
    expect(memory.most()).toBeLessThan(16 * MIB);
    await remote.shutdown();
    expect((await exited)[0]).toBe(0);
  });

  it('gives everything back after many reads that were given up', async () => {
    const { remote } = await connectPair({
      dataPlanes: ['socket'],
      factory: testFactory({ reader: async () => readerOf(1024 * MIB) }),
    });
    const round = async () => {
      const readers = await Promise.all(Array.from({ length: 10 }, () => remote.reader('/a')));
      for (const reader of readers) await reader.read(Buffer.alloc(10));
      await Promise.all(readers.map((reader) => reader.close()));
      while (remote.inFlight > 0) await new Promise(setImmediate);
    };
    await round();
    const { arrayBuffers } = process.memoryUsage();
    for (let i = 0; i < (isFull ? 100 : 10); i++) await round();
    // The pools keep some; nothing is kept per read.
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(48 * MIB);
  });
});
