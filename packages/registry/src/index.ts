export type { AccessController, Wishes } from './access/access-controller.js';
export type { AccessOptions } from './access/create-access.js';
export { createAccess } from './access/create-access.js';
export type { DeniedEvent, DeniedObserver } from './access/denied-event.js';
export type { Identity } from './access/identity.js';
export type { Need, RepositoryAction } from './access/need.js';
export type { AccessRule } from './access/rules.js';
export { isGlob } from './access/glob.js';
export type { Authenticator } from './auth/authenticator.js';
export { createCertificateUser } from './auth/client-certificate.js';
export { createHtpasswd } from './auth/htpasswd/htpasswd.js';
export { provisionHtpasswd } from './auth/htpasswd/provision-htpasswd.js';
export { createSilly } from './auth/silly.js';
export { createToken } from './auth/token/token.js';
export type { CacheCounts } from './content/content-cache.js';
export { createRegistry } from './create-registry.js';
export type { PrefixedStore, Registry, RegistryOptions, RegistryStore } from './create-registry.js';
export type {
  EventAction,
  EventListener,
  EventRequest,
  EventTarget,
  RegistryEvent,
} from './events/registry-event.js';
export { collectGarbage } from './gc/collect-garbage.js';
export type { CollectListener, CollectOptions, Collected, Removal } from './gc/collect-garbage.js';
export type { GarbageSource } from './gc/garbage-source.js';
export { createGate } from './gc/gate.js';
export type { Gate, GateOptions } from './gc/gate.js';
export { UnreadableManifestError } from './gc/references.js';
export { startSweeper } from './gc/sweeper.js';
export type { Pass } from './gc/sweep.js';
export type { Sweeper, SweeperOptions } from './gc/sweeper.js';
export { ClockSkewError } from './gc/store-clock.js';
export { purgeAside } from './layout/aside.js';
export type { LayoutKind } from './layout/layout.js';
export { findOtherLayout } from './layout/find-other-layout.js';
export { openGarbage, openLayout } from './store.js';
export { purgeUploads } from './uploads/purge-uploads.js';
export type { PurgeOptions, Purged } from './uploads/purge-uploads.js';
export type { RequestEvent, RequestObserver } from './http/app.js';
export { requestId } from './http/request-id.js';
export { requestUser } from './http/request-user.js';
export type { Route } from './http/route.js';
export type { Settings } from './http/settings.js';
export type { EndpointSnapshot } from './notifications/endpoint.js';
export type { EndpointSettings } from './notifications/endpoint-settings.js';
export { createNotifications } from './notifications/notifications.js';
export type { Notifications, NotificationsOptions } from './notifications/notifications.js';
export type { Credentials } from './proxy/credentials.js';
export type { ForwardProxies } from './proxy/forward-proxy.js';
export { openPullThrough } from './proxy/proxy.js';
export type { PullThrough, PullThroughOptions } from './proxy/proxy.js';
export { isName } from './reference/name.js';
export type { Platform } from './manifests/descriptor.js';
export type { RequiredReferences } from './manifests/verify-references.js';
export { InvalidPatternError, createUrlRules } from './validation/url-rules.js';
export type { UrlPatterns, UrlRules } from './validation/url-rules.js';
export { drainBody } from './http/request-body.js';
export { SERVER_OPTIONS } from './http/server-options.js';
export type { Forgettable } from './replicas/forget.js';
export { hasReplicas } from './replicas/has-replicas.js';
export { announcePresence } from './replicas/announce-presence.js';
export { ALWAYS_ALONE } from './replicas/presence.js';
export type { Presence } from './replicas/presence.js';
export type { PresenceOptions } from './replicas/store-presence.js';
export type { Family, KeyListener } from './replicas/family.js';
export { uploadOfRequest } from './http/upload-of-request.js';
export type { LogFields, Logger } from './logger.js';
