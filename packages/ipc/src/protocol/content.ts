import { z } from 'zod';
import { LONG_MS, QUICK_MS, defineMethod } from './method.js';
import { Base64, Bytes, DataPlane, RequestPath, Time, Version } from './values.js';

const nothing = z.object({});

export const get = defineMethod({
  name: 'get',
  summary: 'The whole of a small object. A larger one is answered without its content, and is then read.',
  params: z.object({ path: RequestPath }),
  result: z.object({
    content: Base64.optional().describe('Absent when the object is larger than limits.smallContentBytes.'),
    size: Bytes,
    modTime: Time,
    version: Version.optional(),
  }),
  errors: ['PATH_NOT_FOUND', 'INVALID_PATH'],
  idleTimeoutMs: QUICK_MS,
  repeatable: true,
});

export const put = defineMethod({
  name: 'put',
  summary: 'Replaces the whole of a small object (at most limits.smallContentBytes), atomically and durably.',
  params: z.object({ path: RequestPath, content: Base64 }),
  result: nothing,
  errors: ['INVALID_PATH', 'QUOTA_EXCEEDED', 'UNSUPPORTED'],
  idleTimeoutMs: LONG_MS,
  repeatable: true,
});

const opened = { size: Bytes.describe('Of the whole object.'), modTime: Time, version: Version.optional() };

export const read = defineMethod({
  name: 'read',
  summary:
    'Reads an object from an offset, on the plane that the host names. The object is opened before anything is sent.',
  params: z.object({
    path: RequestPath,
    offset: z.number().describe('At or behind the end: nothing is sent. Negative: INVALID_OFFSET.'),
    length: Bytes.optional().describe(
      'At most so many bytes; on inline at most limits.inlineChunkBytes. Absent: to the end.',
    ),
    ifMatch: Version.optional().describe(
      'Another version at the path is answered with UNAVAILABLE, retryable false.',
    ),
    plane: DataPlane,
    token: z
      .string()
      .max(128)
      .optional()
      .describe('Plane socket: to be sent back on the connection. Good for one use.'),
  }),
  result: z.union([
    z
      .object({ data: Base64, ...opened })
      .describe('Plane inline. Fewer bytes than asked for only at the end.'),
    z
      .object({ bytes: Bytes.describe('Bytes sent on the socket.'), ...opened })
      .describe('Plane socket. Sent when all is written.'),
    z
      .object({ localPath: z.string().max(4096), dev: Bytes, ino: Bytes, ...opened })
      .describe('Plane file. The host opens the file and reads from the offset.'),
  ]),
  errors: ['PATH_NOT_FOUND', 'INVALID_PATH', 'INVALID_OFFSET', 'UNSUPPORTED'],
  idleTimeoutMs: QUICK_MS,
  repeatable: true,
});

/** The first line that a driver sends on a data socket, for reads and for writes: JSON and a newline. */
export const Preamble = z.object({
  token: z.string().max(128),
  size: Bytes.optional().describe('Reads: size of the whole object.'),
  modTime: Time.optional(),
  version: Version.optional(),
});

export type PreambleValue = z.infer<typeof Preamble>;
