export type { AccessController, Wishes } from './access/access-controller.js';
export type { DeniedEvent, DeniedObserver } from './access/denied-event.js';
export type { Identity } from './access/identity.js';
export type { Need, RepositoryAction } from './access/need.js';
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
export { requestId } from './http/request-id.js';
export type { Route } from './http/route.js';
export type { EndpointSnapshot } from './notifications/endpoint.js';
export type { EndpointSettings } from './notifications/endpoint-settings.js';
export { createNotifications } from './notifications/notifications.js';
export type { Notifications, NotificationsOptions } from './notifications/notifications.js';
export { SERVER_OPTIONS } from './http/server-options.js';
export type { LogFields, Logger } from './logger.js';
