import { randomBytes, randomInt } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileWriter, StorageDriver, WriterOptions } from '@outrigger/driver';
import { checkDriver } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
import { openDisk } from '../src/disk.js';
import { filesystem } from '../src/index.js';
import type { Machine } from './power-cut.js';
import { startMachine, whyNoMachine } from './power-cut.js';

const ROUNDS = process.env.OUTRIGGER_TEST === 'full' ? 30 : 3;
const reason = whyNoMachine();
/** More than the driver leaves for the end of a writer. */
const LARGE = 33 * 1024 * 1024;

/** What may be at each path after the cut; undefined: nothing. An empty list: whatever there is. */
type Ledger = Map<string, readonly (Uint8Array | undefined)[]>;

describe.runIf(reason === undefined)('after a power cut', () => {
  test(
    `what was acknowledged is there, ${String(ROUNDS)} times`,
    { timeout: 60_000 + ROUNDS * 30_000 },
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const { ledger, found } = await playRound('durable');
        const lost = [...ledger].filter(([path, allowed]) => !isAllowed(found.get(path), allowed));
        expect(lost.map(([path]) => path)).toEqual([]);
      }
    },
  );

  test('what nobody synced is not: this is what the other test would see', { timeout: 120_000 }, async () => {
    const { ledger, found } = await playRound('relaxed');
    const lost = [...ledger].filter(([path, allowed]) => !isAllowed(found.get(path), allowed));
    expect(lost.length).toBeGreaterThan(0);
  });
});

if (reason !== undefined) test.skip(`after a power cut: ${reason}`, () => undefined);

function isAllowed(found: Uint8Array | undefined, allowed: readonly (Uint8Array | undefined)[]): boolean {
  if (allowed.length === 0) return true;
  return allowed.some((each) =>
    each === undefined || found === undefined ? each === found : Buffer.compare(each, found) === 0,
  );
}

test.runIf(reason === undefined)('there is a journal, so that one sync serves many', async () => {
  const machine = await startMachine();
  expect(await openDisk(machine.root)).toMatchObject({ ordersNames: true, hasJournal: true });
});

async function playRound(commit: 'durable' | 'relaxed') {
  const machine = await startMachine();
  const driver = checkDriver(await filesystem.create({ rootdirectory: machine.root, commit }));
  const ledger: Ledger = new Map();
  const cutAfter = randomInt(4, 200);
  let acknowledged = 0;
  let cut: Promise<void> | undefined;
  const acknowledge = () => {
    if (++acknowledged === cutAfter) cut = machine.cut();
  };
  const workers = [0, 1, 2, 3].map((worker) => work({ driver, ledger, machine, acknowledge }, worker));
  await Promise.all(workers);
  await cut;
  await driver.close();
  await machine.boot();
  return { ledger, found: await readBack(machine, ledger) };
}

async function readBack({ root }: Machine, ledger: Ledger): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const path of ledger.keys()) {
    const content = await readFile(join(root, path)).catch(() => undefined);
    if (content !== undefined) found.set(path, content);
  }
  return found;
}

interface Work {
  readonly driver: StorageDriver;
  readonly ledger: Ledger;
  readonly machine: Machine;
  readonly acknowledge: () => void;
}

/** Until the power is gone: what a registry does, each time in directories that are new. */
async function work(task: Work, worker: number): Promise<void> {
  for (let n = 0; ; n++) {
    const base = `/w${String(worker)}/${String(n % 7)}/n${String(n)}/a/b`;
    const isLarge = worker === 0 && n === 3;
    try {
      await putTwice(task, `${base}/link`);
      await uploadAndMove(
        task,
        `${base}/upload/data`,
        `/blobs/${String(worker)}${String(n)}/x/data`,
        isLarge,
      );
      await placed(task, `${base}/placed/data`, `/placed/${String(worker)}${String(n)}/x/data`);
      await isolated(task, `${base}/isolated/data`);
      await closed(task, `${base}/closed/data`);
      await deleted(task, `${base}/deleted/data`);
    } catch {
      return;
    }
  }
}

/** From `before` to `after` at a path; either may be there while it is under way. */
async function step(
  { ledger, machine, acknowledge }: Work,
  changes: Readonly<Record<string, readonly [Uint8Array | undefined, Uint8Array | undefined]>>,
  act: () => Promise<void>,
): Promise<void> {
  for (const [path, change] of Object.entries(changes)) ledger.set(path, change);
  await act();
  await machine.requirePower();
  for (const [path, [, after]] of Object.entries(changes)) ledger.set(path, [after]);
  acknowledge();
}

async function putTwice(task: Work, path: string): Promise<void> {
  const [first, second] = [randomBytes(71), randomBytes(100_000)];
  await step(task, { [path]: [undefined, first] }, () => task.driver.put(path, first));
  await step(task, { [path]: [first, second] }, () => task.driver.put(path, second));
}

/** Written in place, so that before the commit there is a part of it or nothing. */
async function uploadAndMove(task: Work, upload: string, blob: string, isLarge: boolean): Promise<void> {
  const content = randomBytes(isLarge ? LARGE : randomInt(0, 200_000));
  task.ledger.set(upload, []);
  await write(task.driver, upload, {}, async (writer) => {
    await (isLarge ? writeLocally(writer, content) : writer.write(content));
    await writer.commit();
  });
  await task.machine.requirePower();
  task.ledger.set(upload, [content]);
  task.acknowledge();
  await step(task, { [upload]: [content, undefined], [blob]: [undefined, content] }, () =>
    task.driver.move(upload, blob),
  );
}

/** Committed to where it belongs. */
async function placed(task: Work, upload: string, blob: string): Promise<void> {
  const content = randomBytes(randomInt(1, 200_000));
  task.ledger.set(upload, []);
  await write(task.driver, upload, {}, async (writer) => {
    await writeLocally(writer, content);
    await step(task, { [blob]: [undefined, content] }, async () => writer.commitTo?.(blob));
  });
  task.ledger.set(upload, [undefined]);
}

async function isolated(task: Work, path: string): Promise<void> {
  const content = randomBytes(randomInt(0, 200_000));
  await write(task.driver, path, { mode: 'isolated' }, async (writer) => {
    await writeLocally(writer, content);
    await step(task, { [path]: [undefined, content] }, () => writer.commit());
  });
}

async function closed(task: Work, path: string): Promise<void> {
  const content = randomBytes(randomInt(1, 100_000));
  task.ledger.set(path, []);
  await write(task.driver, path, {}, async (writer) => {
    await writeLocally(writer, content);
    await writer.close();
  });
  await task.machine.requirePower();
  task.ledger.set(path, [content]);
  task.acknowledge();
}

async function deleted(task: Work, path: string): Promise<void> {
  const content = randomBytes(500);
  await step(task, { [path]: [undefined, content] }, () => task.driver.put(path, content));
  await step(task, { [path]: [content, undefined] }, () => task.driver.delete(path));
}

/** Leaves no file open, whatever happens. */
async function write(
  driver: StorageDriver,
  path: string,
  options: WriterOptions,
  use: (writer: FileWriter) => Promise<void>,
): Promise<void> {
  const writer = await driver.writer(path, options);
  try {
    await use(writer);
  } catch (error) {
    await writer.cancel().catch(() => undefined);
    throw error;
  }
}

/** As a host on the same machine does. */
async function writeLocally(writer: FileWriter, content: Uint8Array): Promise<void> {
  const { local } = writer;
  if (local === undefined) throw new Error('there is no local file');
  const file = await open(local.localPath, 'r+');
  try {
    await file.write(content, 0, content.length, writer.size);
  } finally {
    await file.close();
  }
  await local.accept(content.length);
}
