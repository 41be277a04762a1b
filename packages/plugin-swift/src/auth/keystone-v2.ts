import { z } from 'zod';
import type { Credentials, EndpointType } from '../config.js';
import type { Exchange } from '../http/exchange.js';
import { ask } from './ask.js';
import type { Endpoint } from './catalogue.js';
import { chooseEndpoint } from './catalogue.js';
import type { Grant } from './grant.js';
import { parseAnswer } from './parse-answer.js';

const url = z.string().optional();

const answerSchema = z.object({
  access: z.object({
    token: z.object({
      id: z.string(),
      expires: z.string().optional(),
      tenant: z.object({ id: z.string() }).optional(),
    }),
    serviceCatalog: z
      .array(
        z.object({
          type: z.string(),
          endpoints: z.array(
            z.object({ region: z.string().optional(), publicURL: url, internalURL: url, adminURL: url }),
          ),
        }),
      )
      .default([]),
  }),
});

/** Keystone's version 2, which OpenStack removed in 2018 and some clouds still have. */
export async function authenticateV2(
  exchange: Exchange,
  credentials: Credentials,
  place: { region: string | undefined; endpointType: EndpointType },
  signal?: AbortSignal,
): Promise<Grant> {
  const { authUrl, username, password, tenant } = credentials;
  const scope =
    tenant === undefined ? {} : 'id' in tenant ? { tenantId: tenant.id } : { tenantName: tenant.name };
  const request = {
    url: `${authUrl.href.replace(/\/+$/, '')}/tokens`,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ auth: { passwordCredentials: { username, password }, ...scope } }),
    signal,
  } as const;
  const answer = await ask(exchange, request, { secret: 'password', version: 2 });
  const { token, serviceCatalog } = parseAnswer(answerSchema, await answer.text()).access;
  const endpoints = serviceCatalog.flatMap(({ type: service, endpoints: places }) =>
    places.flatMap(({ region, publicURL, internalURL, adminURL }): Endpoint[] =>
      Object.entries({ public: publicURL, internal: internalURL, admin: adminURL }).flatMap(([type, at]) =>
        at === undefined ? [] : [{ service, type, region, url: at }],
      ),
    ),
  );
  return {
    token: token.id,
    storageUrl: chooseEndpoint(endpoints, place.region, place.endpointType),
    expiresAt: token.expires === undefined ? undefined : new Date(token.expires),
    projectId: token.tenant?.id,
  };
}
