import type { EndpointType } from '../config.js';
import { ParameterFault } from '../parameter-fault.js';

/** An address in the catalogue of a token. */
export interface Endpoint {
  /** Of the service, such as `object-store`. */
  readonly service: string;
  readonly type: string;
  readonly region: string | undefined;
  readonly url: string;
}

/** @throws ParameterFault the catalogue has no such endpoint */
export function chooseEndpoint(
  endpoints: readonly Endpoint[],
  region: string | undefined,
  type: EndpointType,
): string {
  const stores = endpoints.filter(({ service }) => service === 'object-store');
  if (stores.length === 0)
    throw new ParameterFault(
      'tenant',
      'the catalogue of the token has no object store: is the project named, and the right one?',
    );
  const near = stores.filter((endpoint) => region === undefined || endpoint.region === region);
  if (near.length === 0)
    throw new ParameterFault('region', `the catalogue has no object store in it, but in ${regions(stores)}`);
  const [found] = near.filter((endpoint) => endpoint.type === type);
  if (found === undefined)
    throw new ParameterFault('endpointtype', `the catalogue has no ${type} address of the object store`);
  return found.url.replace(/\/+$/, '');
}

function regions(endpoints: readonly Endpoint[]): string {
  return [...new Set(endpoints.flatMap(({ region }) => region ?? []))].join(', ') || 'none that it names';
}
