import type { Step } from '../step.js';
import { imageCycle } from './image-cycle.js';
import { pull, pullInParallel } from './pull.js';
import { push, pushInPieces } from './push.js';
import { distinctRequests, hotRequests } from './requests.js';
import { tagList, tagPuts } from './tags.js';

const TAG_CLIENTS = 8;

/** In the order in which they run; those on the seeded store come last. */
export const STEPS: readonly Step[] = [
  push,
  pushInPieces,
  pull,
  pullInParallel,
  hotRequests('manifest-get'),
  hotRequests('manifest-head'),
  hotRequests('blob-get'),
  imageCycle,
  tagPuts(1),
  tagPuts(TAG_CLIENTS),
  tagList,
  distinctRequests('manifest-get'),
  distinctRequests('manifest-head'),
  distinctRequests('blob-get'),
];
