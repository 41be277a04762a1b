import { z } from 'zod';
import { LONG_MS, QUICK_MS, defineMethod } from './method.js';
import { Bytes, FileInfoValue, Path, RequestPath, Time } from './values.js';

const nothing = z.object({});

export const stat = defineMethod({
  name: 'stat',
  summary: 'Size, time and kind of what is at a path.',
  params: z.object({ path: RequestPath }),
  result: FileInfoValue,
  errors: ['PATH_NOT_FOUND', 'INVALID_PATH'],
  idleTimeoutMs: QUICK_MS,
  repeatable: true,
});

export const list = defineMethod({
  name: 'list',
  summary: 'The direct children of a directory, in byte order of their names, in pages.',
  params: z.object({
    path: RequestPath,
    cursor: z
      .string()
      .max(4096)
      .optional()
      .describe('From the page before. Valid in another process of the driver too.'),
    limit: z.int().min(1).max(1000).optional(),
  }),
  result: z.object({
    entries: z
      .array(
        z.object({
          path: Path.describe('Full path of the child.'),
          isDir: z.boolean().optional(),
          size: Bytes.optional(),
          modTime: Time.optional(),
        }),
      )
      .max(1000),
    cursor: z.string().max(4096).optional().describe('Absent on the last page.'),
  }),
  errors: ['PATH_NOT_FOUND', 'INVALID_PATH'],
  idleTimeoutMs: LONG_MS,
  repeatable: true,
});

export const walk = defineMethod({
  name: 'walk',
  summary:
    'Capability walk. A page of all that lies below a path, depth first, directories before their children.',
  params: z.object({
    path: RequestPath,
    after: Path.optional().describe('Only entries behind this one in walk order.'),
    skipChildren: z.boolean().optional().describe('With after: its children are left out too.'),
    limit: z.int().min(1).max(1000).optional(),
  }),
  result: z.object({ entries: z.array(FileInfoValue).max(1000), done: z.boolean() }),
  errors: ['PATH_NOT_FOUND', 'INVALID_PATH', 'UNSUPPORTED'],
  idleTimeoutMs: LONG_MS,
  repeatable: true,
});

const pair = z.object({ source: RequestPath, destination: RequestPath });

export const move = defineMethod({
  name: 'move',
  summary: 'Moves an object or a directory; an object at the destination is replaced.',
  params: pair,
  result: nothing,
  errors: ['PATH_NOT_FOUND', 'INVALID_PATH', 'QUOTA_EXCEEDED'],
  idleTimeoutMs: LONG_MS,
  repeatable: false,
});

export const copy = defineMethod({
  name: 'copy',
  summary: 'Capability copy. As move, and the source stays. Objects only.',
  params: pair,
  result: nothing,
  errors: ['PATH_NOT_FOUND', 'INVALID_PATH', 'QUOTA_EXCEEDED', 'UNSUPPORTED'],
  idleTimeoutMs: LONG_MS,
  repeatable: true,
});

/** `delete` is a word of the language. */
export const remove = defineMethod({
  name: 'delete',
  summary: 'Deletes an object, or a directory with all that lies below it.',
  params: z.object({ path: RequestPath }),
  result: nothing,
  errors: ['PATH_NOT_FOUND', 'INVALID_PATH'],
  idleTimeoutMs: LONG_MS,
  repeatable: true,
});

export const redirectURL = defineMethod({
  name: 'redirectURL',
  summary: 'Capability redirectURL. Where a client may fetch the object by itself.',
  params: z.object({
    path: RequestPath,
    method: z.string(),
    scheme: z.string().optional(),
    host: z.string().optional(),
    clientIp: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  result: z.object({
    url: z.string().max(16_384).nullable().describe('null: not from here.'),
    expiresAt: Time.optional(),
  }),
  errors: ['PATH_NOT_FOUND', 'INVALID_PATH', 'UNSUPPORTED'],
  idleTimeoutMs: QUICK_MS,
  repeatable: true,
});
