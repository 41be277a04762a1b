import type { FileWriter } from './file-writer.js';
import { unsupported } from './storage-error.js';

/**
 * Commits to another path (see {@link FileWriter.commitTo}).
 *
 * @param own - the writer's path, for the error
 * @throws StorageError UNSUPPORTED where the writer cannot
 */
export function commitTo(writer: FileWriter, to: string, own?: string): Promise<void> {
  if (writer.commitTo === undefined) throw cannotCommitTo(own);
  return writer.commitTo(to);
}

export function cannotCommitTo(own: string | undefined): Error {
  return unsupported('a commit to another path', own);
}
