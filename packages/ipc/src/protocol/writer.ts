import { z } from 'zod';
import { LONG_MS, QUICK_MS, defineMethod } from './method.js';
import { Base64, Bytes, RequestPath } from './values.js';

const WriterId = z.string().min(1).max(64);
const size = z.object({ size: Bytes });

export const writerOpen = defineMethod({
  name: 'writer/open',
  summary: 'Opens a writer. It lives until commit, close or cancel, or until the driver ends.',
  params: z.object({
    path: RequestPath,
    mode: z
      .enum(['truncate', 'append', 'isolated', 'put'])
      .describe(
        'put: an object larger than limits.smallContentBytes, replaced atomically at the commit; every driver has it.',
      ),
    expectedSize: Bytes.optional().describe('A hint.'),
  }),
  result: z.object({
    writer: WriterId,
    size: Bytes.describe('What an append found; otherwise 0.'),
    file: z
      .object({ localPath: z.string().max(4096), dev: Bytes, ino: Bytes })
      .optional()
      .describe(
        'Plane file, where the driver offers it: the host may write the content into this file itself.',
      ),
  }),
  errors: ['PATH_NOT_FOUND', 'INVALID_PATH', 'QUOTA_EXCEEDED', 'UNSUPPORTED'],
  idleTimeoutMs: QUICK_MS,
  repeatable: false,
});

export const writerWrite = defineMethod({
  name: 'writer/write',
  summary:
    "Appends bytes at the writer's size: `data` on the inline plane, a stream that the token names on the socket plane, `written` on the file plane.",
  params: z.object({
    writer: WriterId,
    offset: Bytes.describe("Has to be the writer's size; otherwise INVALID_OFFSET with the true size."),
    data: Base64.optional().describe('At most limits.inlineChunkBytes.'),
    token: z.string().max(128).optional(),
    written: Bytes.optional().describe(
      'Bytes that the host has written into the file of writer/open, from the offset on.',
    ),
  }),
  result: size.describe("The writer's size after all that was taken."),
  errors: ['INVALID_OFFSET', 'ALREADY_CLOSED', 'QUOTA_EXCEEDED', 'UNSUPPORTED'],
  idleTimeoutMs: LONG_MS,
  repeatable: false,
});

export const writerCommit = defineMethod({
  name: 'writer/commit',
  summary:
    'Makes the content durable and visible. A size that is not the writer’s is INVALID_OFFSET, and nothing is committed.',
  params: z.object({
    writer: WriterId,
    size: Bytes,
    written: Bytes.optional().describe(
      "Plane file: bytes that the host has written into the writer's file since it told last; the size counts them.",
    ),
    to: RequestPath.optional().describe(
      "With the capability `commitTo`: the content appears at this path, and nothing stays at the writer's own.",
    ),
  }),
  result: size,
  errors: [
    'PATH_NOT_FOUND',
    'INVALID_OFFSET',
    'INVALID_PATH',
    'ALREADY_CLOSED',
    'QUOTA_EXCEEDED',
    'UNSUPPORTED',
  ],
  idleTimeoutMs: LONG_MS,
  repeatable: false,
});

export const writerClose = defineMethod({
  name: 'writer/close',
  summary:
    'Makes durable what was taken, so that an append can go on from there. An isolated writer is discarded.',
  params: z.object({ writer: WriterId }),
  result: size.describe('Bytes that are durable.'),
  errors: ['PATH_NOT_FOUND', 'ALREADY_CLOSED', 'QUOTA_EXCEEDED'],
  idleTimeoutMs: LONG_MS,
  repeatable: false,
});

export const writerCancel = defineMethod({
  name: 'writer/cancel',
  summary: 'Removes what this writer wrote.',
  params: z.object({ writer: WriterId }),
  result: z.object({}),
  errors: ['ALREADY_CLOSED'],
  idleTimeoutMs: LONG_MS,
  repeatable: false,
});
