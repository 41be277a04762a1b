import { hasCode } from './faults.js';
import type { CallContext } from './retry.js';
import type { Service } from './service.js';

/** Puts a whole block blob. An append blob of Distribution that is in its place cannot be replaced and is deleted before. */
export async function putBlob(service: Service, context: CallContext, content: Uint8Array): Promise<void> {
  const body = toBuffer(content);
  const upload = () =>
    service.call(context, (abortSignal) =>
      service.blockBlob(context.key).upload(body, body.length, { abortSignal }),
    );
  try {
    await upload();
  } catch (error) {
    if (!hasCode(error, 'InvalidBlobType')) throw error;
    await service.call(context, (abortSignal) =>
      service.blob(context.key).deleteIfExists({ abortSignal, deleteSnapshots: 'include' }),
    );
    await upload();
  }
}

/** The same memory. The SDK sends all of the memory below any other view. */
export function toBuffer(content: Uint8Array): Buffer {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}
