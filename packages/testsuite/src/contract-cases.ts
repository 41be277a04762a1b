import type { ConformanceCase } from './case.js';
import { appendCases } from './cases/append.js';
import { atomicDirectoryMoveCases } from './cases/atomic-directory-move.js';
import { atomicMoveCases } from './cases/atomic-move.js';
import { atomicPutCases } from './cases/atomic-put.js';
import { cancelCases } from './cases/cancel.js';
import { capabilityCases } from './cases/capabilities.js';
import { closeCases } from './cases/close.js';
import { commitToCases } from './cases/commit-to.js';
import { concurrentReadCases } from './cases/concurrent-reads.js';
import { concurrentWriteCases } from './cases/concurrent-writes.js';
import { copyCases } from './cases/copy.js';
import { deleteCases } from './cases/delete.js';
import { errorCases } from './cases/errors.js';
import { isolatedWriterCases } from './cases/isolated-writers.js';
import { largeCases } from './cases/large.js';
import { listCases } from './cases/list.js';
import { localFileCases } from './cases/local-files.js';
import { localWriterCases } from './cases/local-writers.js';
import { moveCases } from './cases/move.js';
import { pagingCases } from './cases/paging.js';
import { pathCases } from './cases/paths.js';
import { putManyTimesCases } from './cases/put-many-times.js';
import { readNonexistentCases } from './cases/read-nonexistent.js';
import { readerOffsetCases } from './cases/reader-offset.js';
import { redirectCases } from './cases/redirect.js';
import { rootCases } from './cases/root.js';
import { slowConsumerCases } from './cases/slow-consumers.js';
import { statCases } from './cases/stat.js';
import { streamCases } from './cases/streams.js';
import { walkCases } from './cases/walk.js';
import { writeReadCases } from './cases/write-read.js';
import { writerLifecycleCases } from './cases/writer-lifecycle.js';
import { zeroByteCases } from './cases/zero-bytes.js';

/** Every case of the contract, the simple ones first. */
export const contractCases: readonly ConformanceCase[] = [
  ...capabilityCases,
  ...rootCases,
  ...pathCases,
  ...writeReadCases,
  ...readNonexistentCases,
  ...streamCases,
  ...readerOffsetCases,
  ...zeroByteCases,
  ...appendCases,
  ...writerLifecycleCases,
  ...isolatedWriterCases,
  ...commitToCases,
  ...statCases,
  ...listCases,
  ...pagingCases,
  ...walkCases,
  ...moveCases,
  ...atomicMoveCases,
  ...atomicDirectoryMoveCases,
  ...copyCases,
  ...deleteCases,
  ...putManyTimesCases,
  ...atomicPutCases,
  ...redirectCases,
  ...localFileCases,
  ...localWriterCases,
  ...errorCases,
  ...cancelCases,
  ...slowConsumerCases,
  ...concurrentReadCases,
  ...concurrentWriteCases,
  ...largeCases,
  ...closeCases,
];
