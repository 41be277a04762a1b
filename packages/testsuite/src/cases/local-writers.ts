import assert from 'node:assert/strict';
import { open, stat } from 'node:fs/promises';
import type { FileWriter, LocalTarget, StorageDriver, WriterOptions } from '@outrigger/driver';
import { refused } from '../assertions.js';
import { type ConformanceCase, skip } from '../case.js';
import type { Content } from '../content.js';
import { expectContent, expectGet, writePart } from '../transfer.js';

const REQUIRES = ['localFiles'] as const;
const SIZE = 700_001;

export const localWriterCases: readonly ConformanceCase[] = [
  {
    id: 'local.writer-file',
    name: 'local writer: names the regular file that it writes',
    promise: '`local`: whoever writes to the file checks `dev` and `ino` after opening it.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const { writer, local } = await openLocal(driver, scratch.path());
      const found = await stat(local.localPath);
      assert.deepEqual([found.isFile(), found.dev, found.ino], [true, local.dev, local.ino]);
      await writer.cancel();
    },
  },
  ...(['truncate', 'isolated'] as const).map((mode): ConformanceCase => ({
    id: `local.writer-${mode}`,
    name: `local writer: what was written directly and accepted is committed, ${mode}`,
    promise: '`accept`: the next `count` bytes are in the file.',
    requires: mode === 'isolated' ? [...REQUIRES, 'isolatedWriters'] : REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(SIZE);
      const opened = await openLocal(driver, path, { mode });
      for (const to of [1, 300_000, SIZE]) {
        await writeDirectly(opened, content, to);
        assert.equal(opened.writer.size, to, 'size of the writer after an accept');
      }
      await opened.writer.commit();
      await opened.writer.close();
      assert.equal(opened.writer.size, SIZE, 'size of the writer after its end');
      await expectContent(driver, path, content);
    },
  })),
  {
    id: 'local.writer-append',
    name: 'local writer: an append goes on behind what was accepted and closed',
    promise: '`close` makes what was accepted durable and resumable; `append` continues from there.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(SIZE);
      const first = await openLocal(driver, path);
      await writeDirectly(first, content, 300_000);
      await first.writer.close();
      const second = await openLocal(driver, path, { mode: 'append' });
      assert.equal(second.writer.size, 300_000);
      await writeDirectly(second, content, SIZE);
      await second.writer.commit();
      await expectContent(driver, path, content);
    },
  },
  {
    id: 'local.writer-mixed',
    name: 'local writer: writes and accepted bytes follow each other',
    promise: 'Whoever writes to the file writes in order, at the size of the writer.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(SIZE);
      const opened = await openLocal(driver, path);
      await writePart(opened.writer, content, { to: 1000 });
      await writeDirectly(opened, content, 300_000);
      await writePart(opened.writer, content, { from: 300_000 });
      await opened.writer.commit();
      await expectContent(driver, path, content);
    },
  },
  {
    id: 'local.writer-beyond',
    name: 'local writer: what was not accepted is gone after a commit',
    promise: 'What is in the file beyond the size of the writer is not its, and is gone after its end.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      for (const accepted of [0, 1000]) {
        const path = scratch.path();
        const content = scratch.content(accepted);
        const opened = await openLocal(driver, path);
        await writeDirectly(opened, content, accepted);
        await spill(opened.local, accepted);
        await opened.writer.commit();
        assert.equal((await driver.stat(path)).size, accepted);
        await expectGet(driver, path, content);
      }
    },
  },
  {
    id: 'local.writer-beyond-close',
    name: 'local writer: what was not accepted is not found by an append',
    promise: 'What is in the file beyond the size of the writer is not its, and is gone after its end.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      for (const accepted of [0, 1000]) {
        const path = scratch.path();
        const content = scratch.content(2000);
        const first = await openLocal(driver, path);
        await writeDirectly(first, content, accepted);
        await spill(first.local, accepted);
        await first.writer.close();
        const second = await driver.writer(path, { mode: 'append' });
        assert.equal(second.size, accepted);
        await writePart(second, content, { from: accepted });
        await second.commit();
        await expectGet(driver, path, content);
      }
    },
  },
  {
    id: 'local.writer-ended',
    name: 'local writer: nothing is accepted after the end',
    promise: 'ALREADY_CLOSED after close, commit or cancel.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      for (const end of ['commit', 'close', 'cancel'] as const) {
        const path = scratch.path();
        const opened = await openLocal(driver, path);
        await writeDirectly(opened, scratch.content(1000), 1000);
        await opened.writer[end]();
        await refused(driver, opened.local.accept(1), 'ALREADY_CLOSED', path);
        assert.equal(opened.writer.size, 1000);
      }
    },
  },
];

interface OpenLocal {
  readonly writer: FileWriter;
  readonly local: LocalTarget;
}

/** A driver with local files need not offer them to writers; one in another process never does. */
async function openLocal(driver: StorageDriver, path: string, options?: WriterOptions): Promise<OpenLocal> {
  const writer = await driver.writer(path, options);
  const { local } = writer;
  if (local !== undefined) return { writer, local };
  await writer.cancel();
  return skip('the writer offers no local file');
}

/** Writes the content up to `to` behind what the writer has, as a host does, and tells. */
async function writeDirectly({ writer, local }: OpenLocal, content: Content, to: number): Promise<void> {
  const from = writer.size;
  await writeAt(local, content.bytes(from, to), from);
  await local.accept(to - from);
}

/** Bytes that nobody tells of. */
function spill(local: LocalTarget, position: number): Promise<void> {
  return writeAt(local, Buffer.alloc(5000, 'x'), position);
}

async function writeAt({ localPath }: LocalTarget, bytes: Uint8Array, position: number): Promise<void> {
  const file = await open(localPath, 'r+');
  try {
    await file.write(bytes, 0, bytes.length, position);
  } finally {
    await file.close();
  }
}
