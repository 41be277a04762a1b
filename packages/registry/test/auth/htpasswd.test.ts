import { rename, rm, stat, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash, verify } from '@node-rs/bcrypt';
import { describe, expect, test } from 'vitest';
import { createAccess } from '../../src/access/create-access.js';
import { isAccessError } from '../../src/access/access-error.js';
import type { Authenticator } from '../../src/auth/authenticator.js';
import { parseBasic } from '../../src/auth/basic-credentials.js';
import { queueCompare } from '../../src/auth/htpasswd/compare-queue.js';
import type { HtpasswdOptions } from '../../src/auth/htpasswd/htpasswd.js';
import { createHtpasswd } from '../../src/auth/htpasswd/htpasswd.js';
import { parseHtpasswd } from '../../src/auth/htpasswd/parse-htpasswd.js';
import { provisionHtpasswd } from '../../src/auth/htpasswd/provision-htpasswd.js';
import { startRegistry } from '../registry-fixture.js';
import { basic, fakeClock, recordLines, temporaryDirectory } from './auth-fixture.js';

/** Made by `htpasswd -nbB -C 5 alice secret`: what stock files look like. */
const COST_5 = await hash('secret', 5);

interface Htpasswd {
  readonly authenticator: Authenticator;
  readonly path: string;
  readonly lines: readonly string[];
  /** Costs of the hashes that were compared with. */
  readonly compared: string[];
}

async function start(content: string, options: Partial<HtpasswdOptions> = {}): Promise<Htpasswd> {
  const path = join(await temporaryDirectory(), 'htpasswd');
  await writeFile(path, content);
  const { log, lines } = recordLines();
  const compared: string[] = [];
  const compare = (password: Buffer, known: string): Promise<boolean> => {
    compared.push(known.slice(4, 6));
    return verify(password, known);
  };
  const authenticator = await createHtpasswd({ realm: 'r', path, isStrict: false, log, compare, ...options });
  return { authenticator, path, lines, compared };
}

async function attempt(
  { authenticator }: Htpasswd,
  user: string,
  password: string,
  from = '::1',
): Promise<string> {
  const { authorization = '' } = basic(user, password);
  return authenticator.authenticate(authorization, from).then(
    (subject) => subject?.user ?? 'nobody',
    (error: unknown) => (isAccessError(error) ? error.code : String(error)),
  );
}

describe('over HTTP', () => {
  test('a user of a cost-5 file may do everything, and nobody else anything', async () => {
    const { authenticator } = await start(`# users\n\nalice:${COST_5}\r\n`);
    const registry = await startRegistry({ access: createAccess({ authenticator }) });
    const answer = await registry.call('GET', '');
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="r"']);
    expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    expect((await registry.call('GET', '', { headers: basic('alice', 'secret') })).status).toBe(200);
    const push = { headers: basic('alice', 'secret') };
    expect((await registry.call('POST', 'a/blobs/uploads/', push)).status).toBe(202);
    expect((await registry.call('POST', 'a/blobs/uploads/')).status).toBe(401);
    expect((await registry.call('POST', 'a/blobs/uploads/', { headers: basic('', '') })).status).toBe(401);
  });

  test('S09: wrong passwords and unknown users are answered alike', async () => {
    const { authenticator, compared } = await start(`alice:${COST_5}`);
    const registry = await startRegistry({ access: createAccess({ authenticator }) });
    const answers: unknown[] = [];
    for (const user of ['alice', 'mallory']) {
      const answer = await registry.call('GET', 'a/manifests/1', { headers: basic(user, 'wrong') });
      const headers = [...answer.headers.entries()].filter(
        ([name]) => !['x-request-id', 'date'].includes(name),
      );
      answers.push([answer.status, headers, await answer.text()]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toContain(401);
    expect(compared).toEqual(['05', '05']);
  });
});

describe('passwords', () => {
  test('each attempt costs one comparison of the highest cost in the file, or of its own', async () => {
    const file = await start(`alice:${COST_5}\nbob:${await hash('secret', 6)}`);
    for (const user of ['alice', 'bob', 'mallory'])
      expect(await attempt(file, user, 'wrong')).toBe('INVALID');
    expect(file.compared).toEqual(['05', '06', '06']);
  });

  test('the prefixes $2a, $2b and $2y are taken', async () => {
    const file = await start(
      ['2a', '2b', '2y'].map((kind) => `${kind}:$${kind}${COST_5.slice(3)}`).join('\n'),
    );
    for (const user of ['2a', '2b', '2y']) expect(await attempt(file, user, 'secret')).toBe(user);
  });

  test('bytes beyond the 72nd are not ignored: such a password is refused', async () => {
    const file = await start(`alice:${await hash('x'.repeat(72), 4)}`);
    expect(await attempt(file, 'alice', 'x'.repeat(72))).toBe('alice');
    expect(await attempt(file, 'alice', 'x'.repeat(73))).toBe('INVALID');
    expect(await attempt(file, 'alice', 'x'.repeat(10_240))).toBe('INVALID');
    expect(file.compared).toHaveLength(1);
  });

  test('a password may have colons and any bytes', async () => {
    const file = await start(`alice:${await hash('a:b:\u00e9', 4)}`);
    expect(await attempt(file, 'alice', 'a:b:\u00e9')).toBe('alice');
  });

  test('one that was right is not compared again for a minute, from anywhere', async () => {
    const clock = fakeClock();
    const file = await start(`alice:${COST_5}`, { now: clock.now });
    const many = Array.from({ length: 100 }, () => attempt(file, 'alice', 'secret'));
    expect(new Set(await Promise.all(many))).toEqual(new Set(['alice']));
    expect(await attempt(file, 'alice', 'secret', '10.0.0.1')).toBe('alice');
    expect(file.compared).toHaveLength(1);
    clock.advance(61);
    expect(await attempt(file, 'alice', 'secret')).toBe('alice');
    expect(file.compared).toHaveLength(2);
  });

  test('who guesses has to wait, also with the right one; others and elsewhere do not', async () => {
    const clock = fakeClock();
    const file = await start(`alice:${COST_5}\nbob:${COST_5}`, { now: clock.now });
    for (let each = 0; each < 5; each++)
      expect(await attempt(file, 'alice', `guess ${each}`)).toBe('INVALID');
    expect(await attempt(file, 'alice', 'secret')).toBe('BUSY');
    expect(file.compared).toHaveLength(5);
    expect(await attempt(file, 'bob', 'secret')).toBe('bob');
    expect(await attempt(file, 'alice', 'secret', '10.0.0.1')).toBe('alice');
    clock.advance(1.5);
    expect(await attempt(file, 'alice', 'guess')).toBe('INVALID');
    clock.advance(1.5);
    expect(await attempt(file, 'alice', 'guess')).toBe('BUSY');
    clock.advance(1);
    expect(await attempt(file, 'alice', 'secret')).toBe('alice');
  });

  test('a thousand guesses at a time are answered, and compared one after the other', async () => {
    let running = 0;
    let most = 0;
    const compare = async (): Promise<boolean> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return false;
    };
    const queued = queueCompare(compare, 2);
    const all = await Promise.allSettled(Array.from({ length: 1000 }, () => queued(Buffer.from('x'), 'h')));
    const busy = all.filter(({ status }) => status === 'rejected');
    expect([most, busy.length]).toEqual([2, 1000 - 2 - 64]);
    expect(await queued(Buffer.from('x'), 'h')).toBe(false);
  });
});

describe('the file', () => {
  test('S18: who is taken out, or has another password, is so after a moment', async () => {
    const clock = fakeClock();
    const file = await start(`alice:${COST_5}\nbob:${COST_5}`, { now: clock.now });
    for (const user of ['alice', 'bob']) expect(await attempt(file, user, 'secret')).toBe(user);
    await writeFile(`${file.path}.new`, `bob:${await hash('other', 5)}`);
    await rename(`${file.path}.new`, file.path);
    clock.advance(3);
    expect(await attempt(file, 'alice', 'secret')).toBe('INVALID');
    expect(await attempt(file, 'bob', 'secret')).toBe('INVALID');
    expect(await attempt(file, 'bob', 'other')).toBe('bob');
  });

  test('one that is gone, or broken, lets nobody in after a minute', async () => {
    const clock = fakeClock();
    const file = await start(`alice:${COST_5}`, { now: clock.now });
    await writeFile(file.path, 'no colon');
    clock.advance(3);
    expect(await attempt(file, 'alice', 'secret')).toBe('alice');
    await rm(file.path);
    clock.advance(56);
    expect(await attempt(file, 'alice', 'secret')).toBe('UNAVAILABLE');
    await writeFile(file.path, `alice:${COST_5}`);
    clock.advance(3);
    expect(await attempt(file, 'alice', 'secret')).toBe('alice');
    expect(file.lines.join()).not.toContain(COST_5);
  });

  test('what is unsafe in it is warned of, and refused when strict', async () => {
    const content = `alice:${COST_5}\nbob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\ncarol:$apr1$x$y`;
    const file = await start(content);
    expect(file.lines).toHaveLength(3);
    expect(file.lines.join()).not.toMatch(/SHA|apr1/);
    expect(await attempt(file, 'bob', 'password')).toBe('INVALID');
    expect(file.compared).toHaveLength(1);
    await expect(start(content, { isStrict: true })).rejects.toThrow('line 1: the cost of the hash is 5');
    await expect(start('bob:{SHA}x', { isStrict: true })).rejects.toThrow('line 1: the hash is not bcrypt');
    await expect(start('no colon')).rejects.toThrow('line 1: no colon');
  });

  test.each([
    ['04', false, 1],
    ['09', false, 1],
    ['10', true, 0],
    ['14', true, 0],
    ['15', false, 1],
    ['31', false, 1],
  ])('a hash of cost %s', (cost, isAllowed, warnings) => {
    const content = `a:$2y$${cost}$${'.'.repeat(53)}`;
    const limits = { lowest: 10, highest: 14 };
    expect(parseHtpasswd(content, { ...limits, isStrict: false }).warnings).toHaveLength(warnings);
    const parseStrict = () => parseHtpasswd(content, { ...limits, isStrict: true });
    if (isAllowed) expect(parseStrict().hashes.size).toBe(1);
    else expect(parseStrict).toThrow('line 1');
  });

  test('of two lines for a user the last one counts', async () => {
    const file = await start(`alice:${await hash('first', 4)}\nalice:${COST_5}`);
    expect(await attempt(file, 'alice', 'first')).toBe('INVALID');
    expect(await attempt(file, 'alice', 'secret')).toBe('alice');
  });

  test('one that is missing is made, with a user of its own, readable by its owner alone', async () => {
    const path = join(await temporaryDirectory(), 'deeper', 'htpasswd');
    const made = await provisionHtpasswd(path);
    expect(made?.user).toBe('docker');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const content = await readFile(path, 'utf8');
    expect(content).toMatch(/^docker:\$2b\$10\$/);
    expect(await verify(made?.password ?? '', content.trim().slice('docker:'.length))).toBe(true);
    expect(await provisionHtpasswd(path)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe(content);
  });
});

test.each([
  ['another scheme', 'Bearer abc'],
  ['nothing', ''],
  ['no base64', 'Basic ???'],
  ['no colon', `Basic ${Buffer.from('alice').toString('base64')}`],
  ['neither user nor password', 'Basic Og=='],
])('%s is no user and password', (_, header) => {
  expect(parseBasic(header)).toBeUndefined();
});
