import type { ServerProcess } from './server-process.js';
import { startServer } from './server-process.js';
import { freePort } from './start-registry.js';
import { makeTemporaryDirectory } from './temporary-directory.js';

/** OpenStack's Keystone. */
export interface KeystoneServer {
  /** Of version 3. */
  readonly url: string;
  /** Of the user `admin`. */
  readonly password: string;
  /**
   * Asks the API as somebody.
   *
   * @param who - a token. Default: one of `admin`
   * @throws Error when the answer is not one of success
   */
  ask(method: string, path: string, body?: object, who?: string): Promise<Json>;
  /** A token, and what is said of it. */
  authenticate(auth: object): Promise<{ readonly token: string; readonly body: Json }>;
  /** Whether a token is one, and not out of date. */
  knows(token: string): Promise<boolean>;
  /** Starts it again with its clock ahead: tokens of before are as much older. */
  later(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** An answer: what a test looks up in it is there, or the test fails. */
export interface Json {
  /** @throws Error there is no such text in it */
  text(...path: readonly string[]): string;
}

const PASSWORD = 'testing-admin';
const READY_MS = 180_000;

/** @param command - its program, see `useTool` and `findTool` */
export async function startKeystone(command: string): Promise<KeystoneServer> {
  const { path, remove } = await makeTemporaryDirectory();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v3`;
  const start = (ahead: number): Promise<ServerProcess> =>
    startServer({ command, args: [path, String(port), PASSWORD, String(ahead)], url, timeoutMs: READY_MS });
  let server = await start(0);

  const authenticate: KeystoneServer['authenticate'] = async (auth) => {
    const answer = await send(`${url}/auth/tokens`, 'POST', {}, { auth });
    return { token: answer.headers.get('x-subject-token') ?? '', body: toJson(await answer.text()) };
  };
  const adminToken = async () =>
    (
      await authenticate({
        identity: passwordOf('admin', PASSWORD, 'Default'),
        scope: scopeOf('admin', 'Default'),
      })
    ).token;
  return {
    url,
    password: PASSWORD,
    authenticate,
    async ask(method, at, body, who) {
      const token = who ?? (await adminToken());
      const answer = await send(url + at, method, { 'x-auth-token': token }, body);
      return toJson(await answer.text());
    },
    async knows(token) {
      const headers = { 'x-auth-token': await adminToken(), 'x-subject-token': token };
      const { status } = await fetch(`${url}/auth/tokens`, { method: 'HEAD', headers });
      return status === 200;
    },
    async later(seconds) {
      await server.kill();
      server = await start(seconds);
    },
    async stop() {
      await server.kill();
      await remove();
    },
  };
}

/** Parts of an authentication, as the API has them. */
export function passwordOf(name: string, password: string, domain: string): object {
  return { methods: ['password'], password: { user: { name, password, domain: { name: domain } } } };
}

export function scopeOf(project: string, domain: string): object {
  return { project: { name: project, domain: { name: domain } } };
}

async function send(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: object,
): Promise<Response> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...content,
  });
  if (answer.ok) return answer;
  throw new Error(`Keystone: ${method} ${url}: ${answer.status} ${await answer.text()}`);
}

function toJson(text: string): Json {
  return {
    text(...path) {
      let at: unknown = text === '' ? undefined : JSON.parse(text);
      for (const name of path) at = at instanceof Object ? Reflect.get(at, name) : undefined;
      if (typeof at === 'string') return at;
      throw new Error(`Keystone says nothing of ${path.join('.')}: ${text}`);
    },
  };
}
