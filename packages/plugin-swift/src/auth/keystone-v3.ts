import { z } from 'zod';
import type { Credentials, EndpointType, NameOrId } from '../config.js';
import type { Exchange } from '../http/exchange.js';
import { ParameterFault } from '../parameter-fault.js';
import { ask } from './ask.js';
import type { Endpoint } from './catalogue.js';
import { chooseEndpoint } from './catalogue.js';
import type { Grant } from './grant.js';
import { parseAnswer } from './parse-answer.js';

const answerSchema = z.object({
  token: z.object({
    expires_at: z.string().nullish(),
    project: z.object({ id: z.string() }).optional(),
    catalog: z
      .array(
        z.object({
          type: z.string(),
          endpoints: z.array(
            z.object({
              interface: z.string(),
              region: z.string().nullish(),
              region_id: z.string().nullish(),
              url: z.string(),
            }),
          ),
        }),
      )
      .default([]),
  }),
});

/** The one that every Keystone begins with. */
const DEFAULT_DOMAIN: NameOrId = { name: 'Default' };

/** Keystone's version 3: a password, within a project or a trust, or an application credential. */
export async function authenticateV3(
  exchange: Exchange,
  credentials: Credentials,
  place: { region: string | undefined; endpointType: EndpointType },
  signal?: AbortSignal,
): Promise<Grant> {
  const request = {
    url: `${credentials.authUrl.href.replace(/\/+$/, '')}/auth/tokens`,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ auth: { identity: identityOf(credentials), ...scopeOf(credentials) } }),
    signal,
  } as const;
  const secret = credentials.application === undefined ? 'password' : 'applicationcredentialsecret';
  const answer = await ask(exchange, request, { secret, version: 3 });
  const { token } = parseAnswer(answerSchema, await answer.text());
  const text = answer.header('x-subject-token');
  if (text === undefined) throw new ParameterFault('authurl', 'what is there gives no tokens of version 3');
  const endpoints = token.catalog.flatMap(({ type: service, endpoints: places }) =>
    places.map(({ interface: type, region, region_id: id, url }): Endpoint => ({
      service,
      type,
      region: region ?? id ?? undefined,
      url,
    })),
  );
  return {
    token: text,
    storageUrl: chooseEndpoint(endpoints, place.region, place.endpointType),
    expiresAt: typeof token.expires_at === 'string' ? new Date(token.expires_at) : undefined,
    projectId: token.project?.id,
  };
}

function identityOf({ application, username, password, domain }: Credentials): object {
  if (application !== undefined)
    return { methods: ['application_credential'], application_credential: application };
  const user = { name: username, password, domain: domain ?? DEFAULT_DOMAIN };
  return { methods: ['password'], password: { user } };
}

/** An application credential has its project with it. */
function scopeOf({ application, trustId, tenant, tenantDomain, domain }: Credentials): object {
  if (application !== undefined) return {};
  if (trustId !== undefined) return { scope: { 'OS-TRUST:trust': { id: trustId } } };
  if (tenant === undefined) return {};
  if ('id' in tenant) return { scope: { project: tenant } };
  const owner: NameOrId = tenantDomain ?? domain ?? DEFAULT_DOMAIN;
  return { scope: { project: { ...tenant, domain: owner } } };
}
