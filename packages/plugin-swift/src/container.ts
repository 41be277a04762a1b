import type { Client } from './http/client.js';
import { RequestFailure } from './http/failure.js';
import type { Layout } from './layout.js';
import { ParameterFault } from './parameter-fault.js';

/**
 * Makes the container if it is missing, as Distribution does.
 *
 * @throws ParameterFault the user may not
 */
export async function ensureContainer(client: Client, { containerPath }: Layout): Promise<void> {
  const { status } = await allowed('read', () =>
    client.touch({ method: 'HEAD', path: containerPath, accept: [404] }),
  );
  if (status === 404) await allowed('make', () => client.touch({ method: 'PUT', path: containerPath }));
}

async function allowed<T>(what: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof RequestFailure) || error.isTransient) throw error;
    const why = error.status === 403 ? `the user may not ${what} it` : `Swift does not let us ${what} it`;
    throw new ParameterFault('container', `${why} (${error.message})`, error);
  }
}
