import type { z } from 'zod';
import { optional, preset, required, section } from './containers.js';
import { anything, integer, text, texts } from './leaves.js';
import { authSection } from './sections/auth.js';
import { healthSection } from './sections/health.js';
import { httpSection } from './sections/http.js';
import { logLevel, logSection } from './sections/log.js';
import { middlewareSection } from './sections/middleware.js';
import { notificationsSection } from './sections/notifications.js';
import { outriggerSection } from './sections/own.js';
import { proxySection } from './sections/proxy.js';
import { redisSection } from './sections/redis.js';
import { storageSection } from './sections/storage.js';
import { validationSection } from './sections/validation.js';

/** Distribution's. */
export const DEFAULT_PAGE_LIMIT = 1000;

/**
 * Every key of the configuration of Distribution, of version 2 and 3, and our own below `outrigger`. Which of them are in use is said
 * in status.ts.
 */
export const schema = section({
  version: required(
    text.refine((version) => version === '0.1', 'must be 0.1').meta({ form: { enum: ['0.1', 0.1] } }),
  ),
  log: logSection,
  loglevel: optional(logLevel),
  storage: storageSection,
  auth: authSection,
  middleware: middlewareSection,
  http: httpSection,
  notifications: notificationsSection,
  redis: redisSection,
  health: healthSection,
  catalog: section({ maxentries: preset(integer, DEFAULT_PAGE_LIMIT) }),
  tags: section({
    maxtags: preset(
      integer.refine((count) => count >= 0, 'must not be negative'),
      DEFAULT_PAGE_LIMIT,
    ),
  }),
  proxy: proxySection,
  validation: validationSection,
  policy: section({ repository: section({ classes: optional(texts) }) }),
  compatibility: optional(anything),
  reporting: optional(anything),
  outrigger: outriggerSection,
});

export type ConfigData = z.output<typeof schema>;
