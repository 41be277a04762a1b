import { skip } from '../case.js';
import { resultOf } from './answers.js';
import type { ProtocolContext } from './protocol-context.js';
import type { RawClient } from './raw-client.js';

export interface OfferedPlane {
  readonly client: RawClient;
  /** The result of `initialize`. */
  readonly agreed: Record<string, unknown>;
  /** Ends the handshake. */
  readonly confirm: () => void;
}

/**
 * Starts a driver and offers it a plane beside `inline`. Skips the case when the driver has none.
 *
 * @param params - of `initialize`, what the plane needs
 */
export async function offerPlane(
  { start, initializeParams }: ProtocolContext,
  plane: 'socket' | 'file',
  params: Readonly<Record<string, unknown>>,
): Promise<OfferedPlane> {
  const client = start();
  const offered = [plane, 'inline'];
  const agreed = resultOf(
    await client.request('initialize', initializeParams({ ...params, dataPlanes: offered })),
  );
  const { dataPlanes } = agreed;
  if (!Array.isArray(dataPlanes) || !dataPlanes.includes(plane)) skip(`the driver has no plane ${plane}`);
  const confirm = () => {
    client.notify('initialized', { dataPlanes: offered });
  };
  return { client, agreed, confirm };
}
