import { MAX_PAGE_SIZE, MAX_PUT_SIZE } from '@outrigger/driver';
import { z } from 'zod';

const bytes = z.int().positive();

/** What both sides hold each other to. The host sends the table in `initialize`; the numbers of version 1 are {@link LIMITS}. */
export const Limits = z.object({
  headerBytes: bytes.describe('The header of a frame, its empty line included.'),
  messageBytes: bytes.describe('The content of a frame.'),
  nesting: bytes.describe('Levels of objects and arrays in a message.'),
  inlineChunkBytes: bytes.describe('Bytes of content in one message on the inline plane, before base64.'),
  smallContentBytes: bytes.describe('Content up to this size may travel in get and put.'),
  putBytes: bytes.describe('The largest content of a put, by whatever plane.'),
  pageEntries: bytes.describe('Entries in a page of list and walk.'),
  streams: bytes.describe('Data plane connections that are open at a time.'),
  preambleBytes: bytes.describe('The first line on a data socket, its newline included.'),
});

export type Limits = z.infer<typeof Limits>;

export const LIMITS: Limits = {
  headerBytes: 4 * 1024,
  messageBytes: 1024 * 1024,
  nesting: 32,
  inlineChunkBytes: 256 * 1024,
  smallContentBytes: 32 * 1024,
  putBytes: MAX_PUT_SIZE,
  pageEntries: MAX_PAGE_SIZE,
  streams: 256,
  preambleBytes: 4 * 1024,
};
