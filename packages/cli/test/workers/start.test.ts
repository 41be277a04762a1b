import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RunningCommand, childrenOf, isRunning } from '../command.js';
import { digestOf } from '../serve/observed-registry.js';
import { temporaryDirectory } from '../temporary-directory.js';

async function launch(http: Readonly<Record<string, unknown>>): Promise<RunningCommand> {
  const directory = await temporaryDirectory();
  const config = {
    version: '0.1',
    log: { accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(directory, 'store') } },
    http,
    outrigger: { workers: 2 },
  };
  await writeFile(join(directory, 'config.yml'), JSON.stringify(config));
  const environment = { XDG_RUNTIME_DIR: directory };
  const command = new RunningCommand(['serve', 'config.yml'], { cwd: directory, environment });
  onTestFinished(async () => {
    command.child.kill('SIGTERM');
    await command.ended;
  });
  return command;
}

test('what keeps one worker from serving is said once, and ends them all', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const command = await launch({ addr: `127.0.0.1:${String(port)}` });
  const { status, stdout, stderr } = await command.ended;
  expect(status).toBe(69);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^outrigger: 127\.0\.0\.1:\d+ is already in use: [^\n]+\n$/);
});

test('on a Unix socket, which is gone at the end, as all processes are', async () => {
  const socketPath = join(await temporaryDirectory(), 'registry.sock');
  const command = await launch({ net: 'unix', addr: socketPath });
  await command.printed('stdout', /listens on [^\n]+\n/);
  for (let count = 0; count < 4; count++) {
    const [res] = (await once(request({ socketPath, path: '/v2/', agent: false }).end(), 'response')) as [
      IncomingMessage,
    ];
    res.resume();
    expect(res.statusCode).toBe(200);
  }
  const children = childrenOf(command.pid);
  expect(children.length).toBeGreaterThan(2);
  command.child.kill('SIGTERM');
  expect(await command.ended).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/msg=stopped\n$/) as unknown,
  });
  await expect.poll(() => children.filter(isRunning)).toEqual([]);
  await expect(stat(socketPath)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('uploads over HTTP/2 are passed on, too', async () => {
  const command = await launch({ addr: '127.0.0.1:0', h2c: { enabled: true } });
  const [, address = ''] = await command.printed('stdout', /listens on (http:\S+)\n/);
  const body = Buffer.alloc(300_000, 'content');
  /** On a connection of its own. */
  const send = async (method: string, path: string, content?: Buffer): Promise<IncomingHttpHeaders> => {
    const session = connect(address);
    const stream: ClientHttp2Stream = session.request(
      { ':method': method, ':path': path },
      { endStream: false },
    );
    stream.end(content);
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    stream.resume();
    await once(stream, 'close');
    session.close();
    return headers;
  };
  for (let round = 0; round < 4; round++) {
    const begun = await send('POST', '/v2/a/blobs/uploads/');
    expect(begun).toMatchObject({ ':status': 202 });
    const pathOf = ({ location = '' }: IncomingHttpHeaders) => location.slice(location.indexOf('/v2/'));
    const sent = await send('PATCH', pathOf(begun), body);
    expect(sent).toMatchObject({ ':status': 202, range: `0-${String(body.length - 1)}` });
    expect(await send('PATCH', pathOf(begun), body)).toMatchObject({ ':status': 416 });
    const ended = await send('PUT', `${pathOf(sent)}&digest=${digestOf(body)}`);
    expect(ended).toMatchObject({ ':status': 201 });
  }
});
