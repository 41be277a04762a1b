import type { Content } from '../content.js';
import { Connection } from '../http/connection.js';
import { headerOf } from '../http/response-parser.js';
import { expectStatus, pushBlob, pushChunked } from '../registry-client.js';

const REPOSITORY = 'bench/s3';

/** Pushes or pulls some blobs at once, each over a connection of its own. */
export type Operation = (port: number, contents: readonly Content[]) => Promise<void>;

export const PUSHES = {
  'POST+PUT': eachOnItsOwn((connection, content) => pushBlob(connection, REPOSITORY, content)),
  'POST+PATCH+PUT': eachOnItsOwn((connection, content) => pushChunked(connection, REPOSITORY, content, 1)),
} as const satisfies Readonly<Record<string, Operation>>;

/** As a client does it: it asks the registry, and goes where that sends it. */
export const pullRedirected: Operation = eachOnItsOwn(async (connection, content) => {
  await fetchSigned(await locationOf(connection, content), content.size);
});

/** Where the registry sends clients to, one URL for each blob. */
export async function findLocations(port: number, contents: readonly Content[]): Promise<URL[]> {
  const connection = await Connection.open(port);
  const locations: URL[] = [];
  for (const content of contents) locations.push(await locationOf(connection, content));
  connection.close();
  return locations;
}

/** GET of a signed URL from the S3 server. */
export async function fetchSigned({ port, host, pathname, search }: URL, size: number): Promise<void> {
  const connection = await Connection.open(Number(port));
  const head = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const answer = expectStatus(await connection.sendHead(head, false), 200, 'GET of an object');
  connection.close();
  if (answer.bytes !== size) throw new Error(`GET of an object: ${answer.bytes} bytes instead of ${size}`);
}

async function locationOf(connection: Connection, { digest }: Content): Promise<URL> {
  const path = `/v2/${REPOSITORY}/blobs/${digest}`;
  const answer = expectStatus(await connection.send({ method: 'GET', path }), 307, `GET ${path}`);
  return new URL(headerOf(answer, 'location') ?? '');
}

function eachOnItsOwn(act: (connection: Connection, content: Content) => Promise<void>): Operation {
  return async (port, contents) => {
    await Promise.all(
      contents.map(async (content) => {
        const connection = await Connection.open(port);
        await act(connection, content);
        connection.close();
      }),
    );
  };
}
