import { z } from 'zod';
import { CapabilitiesValue } from './values.js';

/** What `registry-storage-<name> --describe` prints. */
export const Description = z.object({
  name: z.string().max(64),
  version: z.string().max(64),
  protocolVersions: z.array(z.int()),
  parameters: z
    .record(z.string(), z.unknown())
    .describe('JSON Schema of the parameters; properties may have x-secret and x-path.'),
  environment: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/))
    .describe('Variables that the driver wants; * at the end stands for any rest.'),
  dataPlanes: z.array(z.string()),
  capabilities: CapabilitiesValue,
  concurrency: z.int().positive().optional(),
});

export type Description = z.infer<typeof Description>;
