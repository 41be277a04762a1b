import type { Route } from '../http/route.js';
import { isName } from '../reference/name.js';
import type { Need } from './need.js';

/**
 * The rights that a request must have before anything is done for it: those that Distribution asks for
 * (registry/handlers/app.go). None are needed for a method that no endpoint has, which is refused afterwards.
 *
 * The end of an upload is no delete: who may begin one may give it up.
 */
export function accessNeeded(route: Route, method: string): readonly Need[] {
  if (route.kind === 'base' || route.kind === 'extensions') return [];
  if (route.kind === 'catalog') return [{ type: 'registry', name: 'catalog', action: '*' }];
  const { name } = route;
  if (READS.has(method)) return [{ type: 'repository', name, action: 'pull' }];
  const isUpload = route.kind === 'upload' || route.kind === 'uploads';
  if (method === 'DELETE' && !isUpload) return [{ type: 'repository', name, action: 'delete' }];
  if (!WRITES.has(method)) return [];
  return [
    { type: 'repository', name, action: 'pull' },
    { type: 'repository', name, action: 'push' },
  ];
}

/**
 * What a request would like to have besides: to read the repository that a blob is to be mounted from. A challenge names it, so
 * that a client can ask for it; without it the mount is a normal upload (distribution-spec, "Mounting a blob from
 * another repository").
 */
export function accessWanted(route: Route, method: string, query: URLSearchParams): readonly Need[] {
  if (route.kind !== 'uploads' || method !== 'POST' || !query.has('mount')) return [];
  const from = query.get('from');
  if (from === null || from === route.name || !isName(from)) return [];
  return [{ type: 'repository', name: from, action: 'pull' }];
}

const READS = new Set(['GET', 'HEAD']);
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
