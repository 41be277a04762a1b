export { createRegistry } from './create-registry.js';
export type { Registry, RegistryOptions } from './create-registry.js';
export type {
  EventAction,
  EventListener,
  EventRequest,
  EventTarget,
  RegistryEvent,
} from './events/registry-event.js';
export type { RequestEvent, RequestObserver } from './http/app.js';
export type { Route } from './http/route.js';
export { SERVER_OPTIONS } from './http/server-options.js';
export type { LogFields, Logger } from './logger.js';
