import { checkTls } from './check-tls.js';
import type { Findings } from './findings.js';
import type { ConfigData } from './schema.js';
import type { ProxyData } from './sections/proxy.js';
import type { RedisData } from './sections/redis.js';
import { knownCache } from './sections/storage.js';

/** What the form of single keys does not say: keys that need each other, or exclude each other. */
export function checkSections(data: ConfigData, findings: Findings): void {
  checkTls(data.http.tls, findings, data.outrigger.profile === 'strict');
  checkCache(data, findings);
  checkRedis(data.redis, findings);
  checkProxy(data.proxy, findings);
  checkValidation(data.validation, findings);
  const { token } = data.auth;
  if (token !== undefined && token.rootcertbundle === undefined && token.jwks === undefined)
    findings.error('auth.token', 'needs rootcertbundle or jwks: there is no key to check a token with');
  if (data.loglevel !== undefined) findings.warn('loglevel', 'is deprecated, log.level has its place');
}

function checkCache({ storage: { cache }, redis }: ConfigData, findings: Findings): void {
  const key = cache.blobdescriptor === undefined ? 'layerinfo' : 'blobdescriptor';
  const name = cache.blobdescriptor ?? cache.layerinfo;
  if (name !== undefined && knownCache(name) === undefined)
    findings.warn(`storage.cache.${key}`, 'must be inmemory or redis, there is no cache now');
  if (name === 'redis' && redis.addrs === undefined && redis.addr === undefined)
    findings.error(`storage.cache.${key}`, 'redis.addrs is missing');
}

function checkRedis({ addr, addrs, tls }: RedisData, findings: Findings): void {
  if (addr !== undefined)
    findings.warn(
      'redis.addr',
      addrs === undefined ? 'redis.addrs has its place' : 'redis.addrs replaces it',
    );
  if ((tls.certificate === undefined) !== (tls.key === undefined))
    findings.warn('redis.tls', 'certificate and key need each other, there is no client certificate now');
}

function checkProxy({ remoteurl, username, password, exec }: ProxyData, findings: Findings): void {
  if (remoteurl === undefined && (username ?? password ?? exec) !== undefined)
    findings.warn('proxy', 'it has no effect without remoteurl');
  if (exec !== undefined && (username ?? password) !== undefined)
    findings.warn('proxy.exec', 'username and password are not used beside it');
}

function checkValidation({ enabled, manifests }: ConfigData['validation'], findings: Findings): void {
  if (enabled !== undefined) findings.warn('validation.enabled', 'is deprecated, disabled has its place');
  if (manifests.indexes.platforms !== 'all')
    findings.warn(
      'validation.manifests.indexes.platforms',
      'indexes may name images that are not there; tools may expect them to be complete',
    );
}
