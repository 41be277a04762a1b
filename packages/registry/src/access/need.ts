/**
 * What can be done with a repository. `push` is what every request of a push wants; where a manifest is tagged, it takes
 * `create` or `update` as well. `list` is to see its name in the catalog.
 */
export type RepositoryAction = 'pull' | 'push' | 'create' | 'update' | 'delete' | 'list';

/** A right that a request wants. Its fields are those of a scope: `repository:a/b:pull`, `registry:catalog:*`. */
export type Need =
  | { readonly type: 'repository'; readonly name: string; readonly action: RepositoryAction }
  | { readonly type: 'registry'; readonly name: 'catalog'; readonly action: '*' };

/** The needs as scopes, one for each resource, as a `WWW-Authenticate` header has them. */
export function toScope(needs: readonly Need[]): string {
  const actions = new Map<string, string[]>();
  for (const { type, name, action } of needs) {
    const resource = `${type}:${name}`;
    const known = actions.get(resource);
    if (known === undefined) actions.set(resource, [action]);
    else known.push(action);
  }
  return [...actions].map(([resource, all]) => `${resource}:${all.join(',')}`).join(' ');
}
