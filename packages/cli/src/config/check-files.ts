import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Config } from './config.js';
import type { ConfigIssue } from './config-error.js';
import type { ConfigNode } from './node.js';
import { whereIs } from './node.js';

/** Files that the configuration names and that cannot be read here and now: a check may run on another machine. */
export async function checkFiles(config: Config, tree: ConfigNode): Promise<ConfigIssue[]> {
  const issues: ConfigIssue[] = [];
  for (const [key, path] of namedFiles(config)) {
    const problem = await access(path, constants.R_OK).catch((error: unknown) => error);
    if (problem === undefined) continue;
    const code = problem instanceof Error && 'code' in problem ? String(problem.code) : 'unknown';
    issues.push({ key, where: whereIs(tree, key.split('.')), message: `the file cannot be read: ${code}` });
  }
  return issues;
}

function namedFiles({ http: { tls }, auth, redis }: Config): (readonly [string, string])[] {
  const files: (readonly [string, string | undefined])[] = [
    ['http.tls.certificate', tls?.certificate],
    ['http.tls.key', tls?.key],
    ...(tls?.clientCas ?? []).map((path) => ['http.tls.clientcas', path] as const),
    ['auth.htpasswd.path', auth?.type === 'htpasswd' ? auth.path : undefined],
    ['auth.token.rootcertbundle', auth?.type === 'token' ? auth.rootCertBundle : undefined],
    ['auth.token.jwks', auth?.type === 'token' ? auth.jwks : undefined],
    ['redis.tls.certificate', redis?.tls?.certificate],
    ['redis.tls.key', redis?.tls?.key],
    ...(redis?.tls?.rootCas ?? []).map((path) => ['redis.tls.rootcas', path] as const),
  ];
  return files.flatMap(([key, path]) => (path === undefined ? [] : [[key, path] as const]));
}
