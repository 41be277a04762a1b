import type { FileWriter, WriterOptions } from '@outrigger/driver';
import { throwIfAborted } from '@outrigger/driver';
import { findBeginning } from './beginning.js';
import { createUploadWriter } from './upload-writer.js';
import type { Writing } from './writing.js';

/** Opens a writer; nothing is to be seen of what it writes before its commit, in any mode. */
export async function openWriter(
  writing: Writing,
  path: string,
  options: WriterOptions = {},
): Promise<FileWriter> {
  const { mode = 'truncate', expectedSize, signal } = options;
  if (mode !== 'append') return createUploadWriter(writing, path, { mode, expectedSize });
  const beginning = await findBeginning(writing, path, { signal });
  // Nobody would end it.
  throwIfAborted(signal, path);
  return createUploadWriter(writing, path, { mode, expectedSize, beginning });
}
