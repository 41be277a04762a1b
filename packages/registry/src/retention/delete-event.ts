import { randomUUID } from 'node:crypto';
import type { RegistryEvent } from '../events/registry-event.js';
import type { Deleted } from './apply.js';

/** What is told of something that retention has deleted: the same as for a client's delete, of a client that has no address and no name. */
export function deleteEvent({ repository, tag, digest, reason }: Deleted): RegistryEvent {
  const id = randomUUID();
  return {
    id,
    timestamp: new Date(),
    action: 'delete',
    target: { repository, ...(tag === undefined ? { digest } : { tag }) },
    request: { id, addr: '', host: '', method: 'DELETE', useragent: 'outrigger/retention' },
    actor: {},
    reason,
  };
}
