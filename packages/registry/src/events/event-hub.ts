import type { Logger } from '../logger.js';
import type { EventAction, EventListener, RegistryEvent } from './registry-event.js';

/** Passes events on to whoever listens. */
export interface EventHub {
  /** Whether anybody listens for events of an action: others need not be made. */
  wants(action: EventAction): boolean;
  emit(event: RegistryEvent): void;
}

/** Undefined when nobody listens. */
export function createEventHub(listeners: readonly EventListener[], log: Logger): EventHub | undefined {
  if (listeners.length === 0) return undefined;
  const byAction: Readonly<Record<EventAction, readonly EventListener[]>> = {
    pull: listening(listeners, 'pull'),
    push: listening(listeners, 'push'),
    mount: listening(listeners, 'mount'),
    delete: listening(listeners, 'delete'),
  };
  return {
    wants: (action) => byAction[action].length > 0,
    emit(event) {
      for (const listener of byAction[event.action]) {
        try {
          listener.listen(event);
        } catch (error) {
          // What was done is done: the client's answer says so.
          log.error({ err: error, action: event.action }, 'a listener for events failed');
        }
      }
    },
  };
}

function listening(listeners: readonly EventListener[], action: EventAction): EventListener[] {
  return listeners.filter(({ actions }) => actions?.includes(action) ?? true);
}
