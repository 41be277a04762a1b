import { z } from 'zod';
import { Limits } from './limits.js';
import { defineMethod } from './method.js';
import { Bytes, CapabilitiesValue, DataPlane } from './values.js';

/** The majors of this protocol that this code speaks. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];

export const initialize = defineMethod({
  name: 'initialize',
  summary: 'The first request. Settles version, parameters, data planes and limits.',
  params: z.object({
    protocolVersions: z.array(z.int()).max(64),
    host: z.object({ name: z.string(), version: z.string() }),
    hostPid: z.int(),
    parameters: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("The driver's complete parameters. They replace those of argument 1; absent, those hold."),
    dataPlanes: z.array(DataPlane).describe('The planes that the host may ask for.'),
    socketPath: z.string().optional().describe('Unix socket of the host, for the socket plane.'),
    nonce: z.string().optional().describe('What a driver with the file plane writes into its probe file.'),
    limits: Limits,
  }),
  result: z.object({
    protocolVersion: z.int(),
    driver: z.object({ name: z.string().max(64), version: z.string().max(64) }),
    capabilities: CapabilitiesValue,
    dataPlanes: z
      .array(z.string().max(32))
      .max(16)
      .describe('The planes that the driver speaks. inline is always one.'),
    concurrency: z
      .int()
      .positive()
      .optional()
      .describe(
        'Requests that the driver works on at a time, those whose bytes go over a socket apart. Absent: any number.',
      ),
    probe: z
      .object({ localPath: z.string().max(4096), dev: Bytes, ino: Bytes })
      .optional()
      .describe('With the file plane: a file below one of the roots whose whole content is the nonce.'),
  }),
  errors: [],
  idleTimeoutMs: 10_000,
  repeatable: false,
});

/** Notification of the host: the planes that it will use. The driver removes its probe file. */
export const initialized = {
  name: 'initialized',
  params: z.object({ dataPlanes: z.array(DataPlane) }),
} as const;
