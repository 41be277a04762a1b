import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Api } from './api.js';
import { unexpected } from './errors.js';
import { PRECONDITION_FAILED, replaceObject } from './replace.js';
import type { StoreRequest } from './send.js';

/** As Distribution's blobs. */
export const CONTENT_TYPE = 'application/octet-stream';

/** Content that arrives damaged is refused by the store, as Distribution has it. */
export async function putObject(
  api: Api,
  key: string,
  content: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  const body = withMetadata(content, {
    contentType: CONTENT_TYPE,
    md5Hash: createHash('md5').update(content).digest('base64'),
  });
  await replaceObject(
    api,
    key,
    (ifGenerationMatch) =>
      insert(api, key, content.length, {
        ...body,
        query: { uploadType: 'multipart', ifGenerationMatch },
        signal,
      }),
    signal,
  );
}

/** Sends an object whose name nobody else writes, as it is: nothing is copied in memory. */
export async function putComponent(
  api: Api,
  key: string,
  content: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  await insert(api, key, content.length, {
    content: [content],
    headers: { 'content-type': CONTENT_TYPE },
    query: { uploadType: 'media' },
    signal,
  });
}

async function insert(
  api: Api,
  key: string,
  size: number,
  request: Pick<StoreRequest, 'content' | 'headers' | 'query' | 'signal'>,
): Promise<number> {
  const { status, value } = await api.json(key, {
    ...request,
    method: 'POST',
    path: api.uploadPath,
    query: { ...request.query, name: key, fields: 'size' },
    accept: [PRECONDITION_FAILED],
  });
  if (status !== PRECONDITION_FAILED && sizeOf(value) !== size)
    throw unexpected('the store has taken another number of bytes than was sent', key);
  return status;
}

/** RFC 2387: the metadata as JSON, then the content, which is not copied in memory. */
function withMetadata(
  content: Uint8Array,
  metadata: Readonly<Record<string, string>>,
): { content: readonly Uint8Array[]; headers: Record<string, string> } {
  const boundary = randomUUID();
  const head = `--${boundary}\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(metadata)}\r\n`;
  const middle = `--${boundary}\r\ncontent-type: ${CONTENT_TYPE}\r\n\r\n`;
  return {
    content: [Buffer.from(head + middle), content, Buffer.from(`\r\n--${boundary}--\r\n`)],
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
  };
}

const sized = z.object({ size: z.union([z.string(), z.number()]) });

export function sizeOf(value: unknown): number | undefined {
  const { data } = sized.safeParse(value);
  return data === undefined ? undefined : Number(data.size);
}
