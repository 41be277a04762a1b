import type { AccessController } from '../access/access-controller.js';
import type { DeniedObserver } from '../access/denied-event.js';
import type { EventHub } from '../events/event-hub.js';
import type { Proxy } from '../proxy/proxy.js';
import type { PullRecorder } from '../retention/pull-recorder.js';
import type { Store } from '../store.js';
import type { Uploads } from '../uploads/uploads.js';
import type { Running } from './running.js';
import type { Settings } from './settings.js';

/** What all requests to the repositories of one store share. */
export interface Service {
  readonly store: Store;
  readonly uploads: Uploads;
  readonly settings: Settings;
  readonly running: Running;
  /** Undefined when the registry has its own content. */
  readonly proxy?: Proxy | undefined;
  /** Undefined when nobody asks when something was pulled. */
  readonly pulls?: Pick<PullRecorder, 'note'> | undefined;
  /** Undefined when nobody listens. */
  readonly events?: EventHub | undefined;
  /** Undefined when everybody may do everything. */
  readonly access?: AccessController | undefined;
  /** Told of every request that was refused for want of a right. */
  readonly onDenied?: DeniedObserver | undefined;
}
