import { describe, expect, test } from 'vitest';
import type { AccessRule, RuleAction } from '../../src/access/rules.js';
import type { TestRegistry } from '../registry-fixture.js';
import { basic, ruled } from '../auth/auth-fixture.js';
import {
  OCI_MANIFEST,
  bytes,
  digestOf,
  errorCode,
  header,
  makeImage,
  memoryDriver,
  pushImage,
  startRegistry,
  withDigest,
} from '../registry-fixture.js';

/** Who makes the requests, and what the rules grant them in `a/b`. */
const SUBJECTS: Readonly<Record<string, readonly RuleAction[]>> = {
  nobody: [],
  none: [],
  pull: ['read'],
  'push-create': ['read', 'create'],
  'push-update': ['read', 'update'],
  delete: ['read', 'delete'],
  all: ['read', 'create', 'update', 'delete'],
  'write-only': ['create', 'update'],
};

const RULES: readonly AccessRule[] = [
  ...Object.entries(SUBJECTS).map(([user, actions]) => ({ repositories: ['a/*'], users: [user], actions })),
  // Of no help in a/b.
  {
    repositories: ['a', 'a/b/**', 'a/bc', '*'],
    users: ['*', 'anonymous'],
    actions: ['read', 'create', 'update', 'delete'],
  },
];

interface Scene {
  readonly registry: TestRegistry;
  readonly headers: Record<string, string>;
  /** A manifest of which `a/b` has the blobs, and which nobody has pushed. */
  readonly fresh: Buffer;
  /** What is tagged `1` and `latest`. */
  readonly known: { readonly content: Buffer; readonly digest: string };
  readonly blob: string;
  /** Location of an upload that the subject has begun, as far as it could. */
  readonly upload: string;
}

interface Endpoint {
  readonly send: (scene: Scene) => Promise<Response>;
  /** Each of the lists must have one that the subject has. */
  readonly needs: readonly (readonly RuleAction[])[];
  readonly status: number;
  readonly kind: 'read' | 'write' | 'delete';
}

const READ: readonly (readonly RuleAction[])[] = [['read']];
const PUSH: readonly (readonly RuleAction[])[] = [['read'], ['create', 'update']];
const CREATE: readonly (readonly RuleAction[])[] = [['read'], ['create']];
const UPDATE: readonly (readonly RuleAction[])[] = [['read'], ['update']];
const BOTH: readonly (readonly RuleAction[])[] = [['read'], ['create'], ['update']];
const DELETE: readonly (readonly RuleAction[])[] = [['delete']];

const get = (path: (scene: Scene) => string): Omit<Endpoint, 'send'> & { path: typeof path } => ({
  path,
  needs: READ,
  status: 200,
  kind: 'read',
});

const READS: Readonly<Record<string, ReturnType<typeof get>>> = {
  'manifest by tag': get(() => 'a/b/manifests/1'),
  'manifest latest': get(() => 'a/b/manifests/latest'),
  'manifest by digest': get(({ known }) => `a/b/manifests/${known.digest}`),
  blob: get(({ blob }) => `a/b/blobs/${blob}`),
  'tags list': get(() => 'a/b/tags/list'),
  referrers: get(({ known }) => `a/b/referrers/${known.digest}`),
};

function put(
  path: (fresh: string) => string,
  needs: Endpoint['needs'],
  which: 'fresh' | 'known' = 'fresh',
): Endpoint {
  return {
    send: ({ registry, headers, fresh, known }) => {
      const body = which === 'fresh' ? fresh : known.content;
      const init = { body, headers: { ...headers, 'content-type': OCI_MANIFEST } };
      return registry.call('PUT', `a/b/manifests/${path(digestOf(body))}`, init);
    },
    needs,
    status: 201,
    kind: 'write',
  };
}

function write(
  needs: Endpoint['needs'],
  status: number,
  send: (scene: Scene) => Promise<Response>,
): Endpoint {
  return { needs, status, send, kind: 'write' };
}

function remove(path: (scene: Scene) => string): Endpoint {
  const send = (scene: Scene) => scene.registry.call('DELETE', path(scene), { headers: scene.headers });
  return { send, needs: DELETE, status: 202, kind: 'delete' };
}

const BLOB = bytes(16);
const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  ...Object.fromEntries(
    ['GET', 'HEAD'].flatMap((method) =>
      Object.entries(READS).map(([name, { path, ...rest }]) => [
        `${method} ${name}`,
        {
          ...rest,
          send: (scene: Scene) => scene.registry.call(method, path(scene), { headers: scene.headers }),
        },
      ]),
    ),
  ),
  'PUT a new tag': put(() => 'new', CREATE),
  'PUT a tag that names another manifest': put(() => '1', UPDATE),
  'PUT latest, which names another manifest': put(() => 'latest', UPDATE),
  'PUT a tag that names this manifest': put(() => 'latest', PUSH, 'known'),
  'PUT a digest': put((digest) => digest, PUSH),
  'PUT a digest with ?tag=, new': put((digest) => `${digest}?tag=new`, CREATE),
  'PUT a digest with ?tag=latest': put((digest) => `${digest}?tag=latest`, UPDATE),
  'PUT a digest with ?tag= new and latest': put((digest) => `${digest}?tag=new&tag=latest`, BOTH),
  'PUT a digest with ?tag=latest that names it': put((digest) => `${digest}?tag=latest`, PUSH, 'known'),
  'POST an upload': write(PUSH, 202, ({ registry, headers }) =>
    registry.call('POST', 'a/b/blobs/uploads/', { headers }),
  ),
  'POST a blob': write(PUSH, 201, ({ registry, headers }) =>
    registry.call('POST', `a/b/blobs/uploads/?digest=${digestOf(BLOB)}`, { headers, body: BLOB }),
  ),
  'PATCH an upload': write(PUSH, 202, ({ registry, headers, upload }) =>
    registry.call('PATCH', upload, { headers, body: BLOB }),
  ),
  'PUT an upload': write(PUSH, 201, ({ registry, headers, upload }) =>
    registry.call('PUT', withDigest(upload, digestOf(BLOB)), { headers, body: BLOB }),
  ),
  'DELETE an upload': write(PUSH, 204, ({ registry, headers, upload }) =>
    registry.call('DELETE', upload, { headers }),
  ),
  'DELETE a tag': remove(() => 'a/b/manifests/1'),
  'DELETE latest': remove(() => 'a/b/manifests/latest'),
  'DELETE a manifest': remove(({ known }) => `a/b/manifests/${known.digest}`),
  'DELETE a blob': remove(({ blob }) => `a/b/blobs/${blob}`),
};

const MODES = {
  'all switched on': {},
  'delete disabled': { deleteEnabled: false },
  'read-only': { readOnly: true },
} as const;

type Mode = keyof typeof MODES;

async function setUp(subject: string, mode: Mode): Promise<Scene> {
  const driver = await memoryDriver();
  const open = await startRegistry({ driver });
  const known = await pushImage(open, 'a/b', 'latest');
  await open.call('PUT', 'a/b/manifests/1', {
    body: known.content,
    headers: { 'content-type': OCI_MANIFEST },
  });
  const { config } = JSON.parse(known.content.toString()) as { config: { digest: string } };
  const fresh = await makeImage(open, 'a/b');
  const access = ruled(RULES);
  const headers: Record<string, string> = subject === 'nobody' ? {} : basic(subject, 'pass');
  // Begun before the registry became read-only; by somebody else where the subject could not.
  const before = await startRegistry({ driver, access });
  const begun = await before.call('POST', 'a/b/blobs/uploads/', { headers });
  const other = begun.status === 202 ? begun : await open.call('POST', 'a/b/blobs/uploads/');
  const registry = await startRegistry({ driver, access, ...MODES[mode] });
  const upload = new URL(header(other, 'location'));
  return {
    registry,
    headers,
    fresh,
    known,
    blob: config.digest,
    upload: `${registry.origin}${upload.pathname}${upload.search}`,
  };
}

function expected(subject: string, mode: Mode, { needs, kind, status }: Endpoint): [number, string?] {
  const rights = SUBJECTS[subject] ?? [];
  const has = (list: readonly RuleAction[]) => list.some((each) => rights.includes(each));
  const isOff =
    (kind !== 'read' && mode === 'read-only') || (kind === 'delete' && mode === 'delete disabled');
  // What a push wants at first does not know which tag is meant.
  const atFirst = kind === 'write' ? PUSH : needs;
  if (!atFirst.every(has)) return subject === 'nobody' ? [401, 'UNAUTHORIZED'] : [403, 'DENIED'];
  if (isOff) return [405, 'UNSUPPORTED'];
  return needs.every(has) ? [status] : [403, 'DENIED'];
}

describe.each(Object.keys(MODES) as Mode[])('S16: %s', (mode) => {
  test.each(Object.keys(SUBJECTS))('%s', async (subject) => {
    let scene: Scene | undefined;
    for (const [name, endpoint] of Object.entries(ENDPOINTS)) {
      scene ??= await setUp(subject, mode);
      const answer = await endpoint.send(scene);
      const [status, code] = expected(subject, mode, endpoint);
      const found = code === undefined || name.startsWith('HEAD') ? code : await errorCode(answer);
      expect([name, answer.status, found]).toEqual([name, status, code]);
      if (status < 300) {
        if (endpoint.kind !== 'read') scene = undefined;
        continue;
      }
      // Whatever was refused has changed nothing.
      const check = basic('all', 'pass');
      for (const tag of ['1', 'latest']) {
        const after = await scene.registry.call('HEAD', `a/b/manifests/${tag}`, { headers: check });
        expect([name, after.headers.get('docker-content-digest')]).toEqual([name, scene.known.digest]);
      }
      const tags = await scene.registry.call('GET', 'a/b/tags/list', { headers: check });
      expect(await tags.json()).toEqual({ name: 'a/b', tags: ['1', 'latest'] });
    }
  });
});
