import { z } from 'zod';

/** `data` of the answers NO_COMMON_VERSION and INVALID_PARAMETERS. The host reads it leniently, so the code has no schema that says all of it. */
export const HandshakeErrorData = z.union([
  z
    .object({ protocolVersions: z.array(z.int()).max(64) })
    .describe('NO_COMMON_VERSION: the majors that the driver speaks.'),
  z
    .object({
      issues: z.array(z.object({ key: z.string().max(256), message: z.string().max(1024) })).max(64),
    })
    .describe(
      'INVALID_PARAMETERS: each wrong key (nested keys joined by dots, empty for the map as a whole).',
    ),
]);
