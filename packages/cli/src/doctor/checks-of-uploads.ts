import type { Check, Outcome } from './check.js';
import { notTried, ok, warning } from './check.js';
import { expect } from './examination.js';
import { isThere } from './is-there.js';
import { LargeObject, withWriter } from './large-object.js';
import type { Subject } from './subject.js';

const MIB = 1024 * 1024;
/** What is behind the whole parts: a piece that is smaller than any store's part. */
const TAIL = MIB + 12_345;
/** Who has larger parts waits for nothing else. */
const MAX_PART = 256 * MIB;

/** Uploads in parts: begun, closed, gone on with by another process; isolated; cancelled. */
export function checksOfUploads(subject: Subject): Check[] {
  const large = new LargeObject();
  return [
    {
      id: 'multipart',
      what: 'write more than one part, and close it unfinished',
      needs: ['write'],
      run: (signal) => begin(subject, large, signal),
    },
    {
      id: 'append',
      what: 'go on with it in a second process, and finish it',
      needs: ['multipart'],
      run: (signal) => goOn(subject, large, signal),
    },
    {
      id: 'isolated',
      what: 'write parts that nobody sees before the end',
      needs: ['write'],
      run: (signal) => writeIsolated(subject, signal),
    },
    {
      id: 'cancel',
      what: 'cancel an upload of more than one part',
      needs: ['write'],
      run: (signal) => cancel(subject, signal),
    },
  ];
}

async function begin(subject: Subject, large: LargeObject, signal: AbortSignal): Promise<Outcome> {
  const size = sizeOf(subject);
  if (size === undefined) return notTried(`a part has more than ${inMib(MAX_PART)}`);
  const writer = await subject.store.writer(subject.at('parts'), { signal });
  await withWriter(writer, async () => {
    await large.grow(writer, size, signal);
    await writer.close();
  });
  return ok(inMib(large.size));
}

async function goOn(subject: Subject, large: LargeObject, signal: AbortSignal): Promise<Outcome> {
  const path = subject.at('parts');
  const second = await subject.second();
  if (!(await isThere(second, subject.at('small'), signal))) {
    subject.isEphemeral = true;
    return warning(
      'a second process does not see what the first has written: the content ends with the process',
    );
  }
  const writer = await second.writer(path, { mode: 'append', signal });
  await withWriter(writer, async () => {
    expect(writer.size === large.size, `${String(writer.size)} bytes are left of ${String(large.size)}`);
    await large.grow(writer, TAIL, signal);
    await writer.commit();
  });
  await writer.close();
  await large.compare(subject.store, path, signal);
  return ok(inMib(large.size));
}

async function writeIsolated(subject: Subject, signal: AbortSignal): Promise<Outcome> {
  if (subject.store.capabilities.isolatedWriters !== true)
    return notTried('the driver declares no isolated writers');
  const size = sizeOf(subject);
  if (size === undefined) return notTried(`a part has more than ${inMib(MAX_PART)}`);
  const path = subject.at('isolated');
  const large = new LargeObject();
  const writer = await subject.store.writer(path, { mode: 'isolated', signal });
  await withWriter(writer, async () => {
    await large.grow(writer, size, signal);
    expect(!(await isThere(subject.store, path, signal)), 'something is to be seen before the end');
    await writer.commit();
  });
  await writer.close();
  await large.compare(subject.store, path, signal);
  return ok(inMib(large.size));
}

async function cancel(subject: Subject, signal: AbortSignal): Promise<Outcome> {
  const size = sizeOf(subject);
  if (size === undefined) return notTried(`a part has more than ${inMib(MAX_PART)}`);
  const path = subject.at('cancelled');
  const writer = await subject.store.writer(path, { signal });
  await withWriter(writer, () => new LargeObject().grow(writer, size, signal));
  await writer.cancel();
  expect(!(await isThere(subject.store, path, signal)), 'something is left of it');
  return ok();
}

/** A whole part and a tail; undefined: too much to send for a look. */
function sizeOf({ parameters, schema }: Subject): number | undefined {
  const part = Number(parameters.chunksize ?? presetOf(schema, 'chunksize') ?? 0);
  if (!Number.isFinite(part) || part < 0) return TAIL;
  return part > MAX_PART ? undefined : part + TAIL;
}

function presetOf(schema: Readonly<Record<string, unknown>> | undefined, key: string): unknown {
  const property = asRecord(asRecord(schema?.properties)[key]);
  return property.default;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
