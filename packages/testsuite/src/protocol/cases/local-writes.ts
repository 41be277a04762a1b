import assert from 'node:assert/strict';
import { open as openFile, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type ConformanceCase, skip } from '../../case.js';
import { alive, recordOf, refusedAs, resultOf } from '../answers.js';
import { offerPlane } from '../offer-plane.js';
import type { ProtocolContext } from '../protocol-context.js';
import type { RawClient } from '../raw-client.js';

const BYTES = Buffer.from('written by the host');
const DATA = BYTES.toString('base64');
const NONCE = '0f1e2d3c4b5a6978';

/** Content that the host writes into the file that `writer/open` named. */
export const localWriteCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P80',
    plane: 'file',
    name: 'file plane: what the host wrote into the file and told of is committed, and no more',
    promise:
      '`written` bytes are in the file from `offset` on; what lies behind the size at a commit is gone.',
    async run(context) {
      const { client, writer, path, localPath } = await openLocal(context);
      await writeAt(localPath, BYTES, 0);
      const tell = { writer, offset: 0, written: BYTES.length };
      assert.equal(resultOf(await client.request('writer/write', tell)).size, BYTES.length);
      await writeAt(localPath, Buffer.from('nobody told of this'), BYTES.length);
      resultOf(await client.request('writer/commit', { writer, size: BYTES.length }));
      assert.equal(resultOf(await client.request('get', { path })).content, DATA);
    },
  },
  {
    id: 'P84',
    plane: 'file',
    name: 'file plane: a commit may tell of the last bytes itself',
    promise: '`written` of a commit: so many bytes more are in the file, and the size counts them.',
    async run(context) {
      const { client, capabilities, writer, path, localPath } = await openLocal(context);
      await writeAt(localPath, BYTES, 0);
      resultOf(await client.request('writer/write', { writer, offset: 0, written: 7 }));
      const size = BYTES.length;
      const wrong = await client.request('writer/commit', { writer, size, written: size });
      assert.equal(refusedAs(wrong, 'INVALID_OFFSET', path).size, 7, 'data.size is the true size');
      const last = { writer, size, written: size - 7 };
      if (capabilities.commitTo === true) {
        refusedAs(await client.request('writer/commit', { ...last, to: 'relative' }), 'INVALID_PATH');
        resultOf(await client.request('writer/commit', { writer, size }));
      } else resultOf(await client.request('writer/commit', last));
      assert.equal(resultOf(await client.request('get', { path })).content, DATA);
    },
  },
  {
    id: 'P81',
    plane: 'file',
    name: 'file plane: a tell that is not at the size of the writer is refused, with the size',
    promise: 'A write whose offset is not the writer\u2019s size gets INVALID_OFFSET with the true size.',
    async run(context) {
      const { client, writer, path, localPath } = await openLocal(context);
      await writeAt(localPath, BYTES, 0);
      resultOf(await client.request('writer/write', { writer, offset: 0, written: 7 }));
      for (const offset of [0, 6, 8]) {
        const answer = await client.request('writer/write', { writer, offset, written: 1 });
        assert.equal(refusedAs(answer, 'INVALID_OFFSET', path).size, 7, 'data.size is the true size');
      }
      const rest = { writer, offset: 7, data: BYTES.subarray(7).toString('base64') };
      resultOf(await client.request('writer/write', rest));
      resultOf(await client.request('writer/commit', { writer, size: BYTES.length }));
      assert.equal(resultOf(await client.request('get', { path })).content, DATA);
    },
  },
  {
    id: 'P82',
    plane: 'file',
    name: 'file plane: a write with `data` and `written` is refused, and nothing is taken',
    promise: 'Exactly one of `data`, `token` and `written` is there; more are UNSUPPORTED.',
    async run(context) {
      const { client, writer } = await openLocal(context);
      const both = { writer, offset: 0, data: DATA, written: BYTES.length };
      refusedAs(await client.request('writer/write', both), 'UNSUPPORTED');
      resultOf(await client.request('writer/write', { writer, offset: 0, data: DATA }));
      resultOf(await client.request('writer/commit', { writer, size: BYTES.length }));
    },
  },
  {
    id: 'P85',
    name: 'file plane: the probe has the nonce, is in no listing, and is gone in the end',
    promise: 'The probe is a file below a root with the nonce and nothing else; no listing shows it.',
    plane: 'file',
    async run(context) {
      const { client, agreed, confirm } = await offerPlane(context, 'file', { nonce: NONCE });
      if (agreed.probe === undefined) skip('the driver has no probe: its store cannot be written to');
      const localPath = String(recordOf(agreed.probe, 'the probe').localPath);
      assert.equal(await readFile(localPath, 'latin1'), NONCE, 'the content of the probe');
      assert.doesNotMatch(basename(localPath), /^[A-Za-z0-9._-]+$/, 'no path of a store has its name');
      assert.deepEqual(resultOf(await client.request('list', { path: '/' })).entries, []);
      confirm();
      resultOf(await client.request('shutdown'));
      client.notify('exit', {});
      await client.exited;
      await assert.rejects(readFile(localPath), { code: 'ENOENT' });
    },
  },
  {
    id: 'P83',
    plane: 'file',
    name: 'file plane: `written` without a file is refused, and nothing is taken',
    promise: 'A host tells of bytes only where `writer/open` named a file; otherwise the write is refused.',
    async run({ open, scratch }) {
      const client = await open();
      const { writer, file } = resultOf(
        await client.request('writer/open', { path: scratch.path(), mode: 'put' }),
      );
      if (file !== undefined) skip('the driver names a file for every writer');
      const answer = await client.request('writer/write', { writer, offset: 0, written: 1 });
      assert.ok(answer.error !== undefined, 'it should have been refused');
      resultOf(await client.request('writer/write', { writer, offset: 0, data: DATA }));
      resultOf(await client.request('writer/cancel', { writer }));
      await alive(client);
    },
  },
];

interface OpenLocal {
  readonly client: RawClient;
  readonly capabilities: Record<string, unknown>;
  readonly path: string;
  readonly writer: unknown;
  readonly localPath: string;
}

async function openLocal(context: ProtocolContext): Promise<OpenLocal> {
  const { client, agreed, confirm } = await offerPlane(context, 'file', { nonce: NONCE });
  const capabilities = recordOf(agreed.capabilities, 'capabilities');
  confirm();
  const path = context.scratch.path();
  const { writer, file } = resultOf(await client.request('writer/open', { path, mode: 'truncate' }));
  if (typeof file !== 'object' || file === null || !('localPath' in file))
    return skip('the driver names no file for a writer');
  return { client, capabilities, path, writer, localPath: String(file.localPath) };
}

async function writeAt(localPath: string, bytes: Uint8Array, position: number): Promise<void> {
  const file = await openFile(localPath, 'r+');
  try {
    await file.write(bytes, 0, bytes.length, position);
  } finally {
    await file.close();
  }
}
