import { listAll } from '@outrigger/driver';
import type { StorageDriver } from '@outrigger/driver';
import type { Check, Outcome } from './check.js';
import { ok } from './check.js';
import { expect } from './examination.js';
import { isThere } from './is-there.js';
import type { Subject } from './subject.js';

/** So often each: what is only sometimes wrong shall have its chance, and nobody shall wait. */
const ROUNDS = 5;

/** One process writes, and one that is on the same store looks. */
type Look = (
  writer: StorageDriver,
  witness: StorageDriver,
  path: string,
  signal: AbortSignal,
) => Promise<void>;

/** Whether what one process does is known to another at once, as two registries on one store want it. */
export function checksOfConsistency(subject: Subject): Check[] {
  const check = (id: string, what: string, look: Look): Check => ({
    id,
    what,
    needs: ['write'],
    run: (signal) => repeat(subject, id, look, signal),
  });
  return [
    check('read-after-write', 'read what was just written', readAfterWrite),
    check('list-after-write', 'list what was just written', listAfterWrite),
    check('read-after-overwrite', 'read what was just overwritten', readAfterOverwrite),
    check('stat-after-delete', 'miss what was just deleted', statAfterDelete),
  ];
}

async function repeat(subject: Subject, id: string, look: Look, signal: AbortSignal): Promise<Outcome> {
  const witness = await subject.witness();
  for (let round = 1; round <= ROUNDS; round++)
    await look(subject.store, witness, subject.at(`${id}/${String(round)}`), signal);
  const who = subject.isEphemeral ? 'by the same process' : 'by a second process';
  return ok(`${String(ROUNDS)} times, ${who}`);
}

const readAfterWrite: Look = async (writer, witness, path, signal) => {
  const content = Buffer.from(path);
  await writer.put(path, content, { signal });
  expect(content.equals(await witness.get(path, { signal })), 'other bytes came back');
};

const listAfterWrite: Look = async (writer, witness, path, signal) => {
  await writer.put(path, Buffer.from('listed'), { signal });
  const names: string[] = [];
  for await (const entry of listAll(witness, path.slice(0, path.lastIndexOf('/')), { signal }))
    names.push(entry.path);
  expect(names.includes(path), 'it is not in the list');
};

const readAfterOverwrite: Look = async (writer, witness, path, signal) => {
  const [former, latter] = [Buffer.from('former'), Buffer.from('latter, and longer')];
  await writer.put(path, former, { signal });
  await witness.get(path, { signal });
  await writer.put(path, latter, { signal });
  expect(latter.equals(await witness.get(path, { signal })), 'the former content came back');
};

const statAfterDelete: Look = async (writer, witness, path, signal) => {
  await writer.put(path, Buffer.from('deleted'), { signal });
  expect(await isThere(witness, path, signal), 'it is not there before it is deleted');
  await writer.delete(path, { signal });
  expect(!(await isThere(witness, path, signal)), 'it is still there');
};
