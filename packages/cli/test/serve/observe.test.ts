import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { runCommand } from '../command.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { observedRegistry, pushBlob, pushManifest, readMetrics } from './observed-registry.js';

it('the debug server answers what operators ask, and nothing else', async () => {
  const { debug, url, command } = await observedRegistry();
  // A storage that a busy machine keeps from its answer for some seconds is not ready meanwhile.
  for (const path of ['/debug/health', '/debug/health/live', '/debug/health/ready'])
    await expect
      .poll(async () => {
        const answer = await fetch(debug + path);
        return [answer.status, await answer.json()];
      })
      .toEqual([200, {}]);
  expect(await (await fetch(`${debug}/debug/vars`)).json()).toMatchObject({
    driver: { name: 'filesystem', state: 'ready' },
  });
  const paths = [
    '/',
    '/v2/',
    '/debug',
    '/debug/pprof/',
    '/debug/pprof/heap',
    '/debug/pprof/goroutine',
    '/json/list',
  ];
  for (const path of paths) expect((await fetch(debug + path)).status).toBe(404);
  expect((await fetch(`${debug}/debug/health`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${debug}/debug/pprof/profile?seconds=31`)).status).toBe(400);
  const profile: unknown = await (await fetch(`${debug}/debug/pprof/profile?seconds=1`)).json();
  expect(profile).toHaveProperty('nodes');
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  command.child.kill('SIGTERM');
  expect((await command.ended).status).toBe(0);
});

it('a debug address or an audit log that cannot be had is one clear line', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  const cwd = await temporaryDirectory();
  const environment = {
    REGISTRY_HTTP_ADDR: '127.0.0.1:0',
    REGISTRY_HTTP_DEBUG_ADDR: `127.0.0.1:${String(port)}`,
  };
  const failed = await runCommand(['serve'], { cwd, environment });
  expect(failed.status).toBe(69);
  expect(failed.stderr).toMatch(
    /outrigger: http\.debug\.addr: .* is already in use: .*REGISTRY_HTTP_DEBUG_ADDR=/,
  );
  const audit = { REGISTRY_HTTP_ADDR: '127.0.0.1:0', REGISTRY_OUTRIGGER_AUDITLOG_FILE: '/proc/audit.log' };
  const refused = await runCommand(['serve'], { cwd, environment: audit });
  expect(refused.status).toBe(78);
  expect(refused.stderr).toContain('outrigger: outrigger.auditLog.file: /proc/audit.log cannot be written');
});

it('while a check fails the API answers 503, and 200 when it is well again', async () => {
  const { debug, url, directory } = await observedRegistry({
    config: {
      health: { file: [{ file: 'out-of-service', interval: '50ms' }], storagedriver: { enabled: true } },
    },
  });
  expect((await fetch(`${url}/v2/`)).status).toBe(200);
  await writeFile(join(directory, 'out-of-service'), '');
  await expect.poll(async () => (await fetch(`${url}/v2/`)).status).toBe(503);
  const answer = await fetch(`${url}/v2/a/tags/list`);
  expect([answer.status, await answer.json()]).toMatchObject([503, { errors: [{ code: 'UNAVAILABLE' }] }]);
  const health = await fetch(`${debug}/debug/health`);
  expect([health.status, await health.json()]).toEqual([503, { 'out-of-service': 'file exists' }]);
  expect((await fetch(`${debug}/debug/health/live`)).status).toBe(200);
  expect(await readMetrics(debug)).toContain('\noutrigger_health_checks_failing 1\n');
  await rm(join(directory, 'out-of-service'));
  await expect.poll(async () => (await fetch(`${url}/v2/`)).status).toBe(200);
});

it("Prometheus gets the registry's and the driver's numbers; no label is the client's", async () => {
  const { debug, url } = await observedRegistry();
  await pushManifest(url, 'hidden/name', 'latest', Buffer.from('{}'));
  await fetch(`${url}/v2/hidden/name/manifests/latest`, { method: 'HEAD' });
  await fetch(`${url}/v2/hidden/name/manifests/none`);
  // A request is counted when its answer is out: the client may have it before.
  await expect
    .poll(() => readMetrics(debug))
    .toContain('registry_http_requests_total{handler="manifest",code="404",method="get"} 1');
  await expect
    .poll(() => readMetrics(debug))
    .toContain('registry_http_requests_total{handler="manifest",code="201",method="put"} 1');
  const text = await readMetrics(debug);
  expect(text).toMatch(
    /registry_storage_action_seconds_count\{driver="filesystem",action="PutContent"\} [1-9]/,
  );
  expect(text).toMatch(/outrigger_driver_resident_memory_bytes\{driver="filesystem"\} [1-9]/);
  expect(text).toContain('outrigger_driver_up{driver="filesystem"} 1');
  expect(text).toMatch(/^registry_storage_cache_requests_total [1-9]/m);
  expect(text).not.toContain('hidden');
});

const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({ alert: z.string(), expr: z.string(), annotations: z.object({ summary: z.string() }) }),
      ),
    }),
  ),
});

it('a driver inside the registry has its calls in the metrics too', async () => {
  const { debug } = await observedRegistry({ storage: { filesystem: undefined, inmemory: {} } });
  const text = await readMetrics(debug);
  expect(text).toMatch(
    /registry_storage_action_seconds_count\{driver="inmemory",action="PutContent"\} [1-9]/,
  );
  expect(text).not.toContain('outrigger_driver_up');
});

it('every metric that an alert rule names is there', async () => {
  const { debug } = await observedRegistry();
  const file = fileURLToPath(new URL('../../../../deploy/prometheus/alerts.yml', import.meta.url));
  const rules = Rules.parse(parse(readFileSync(file, 'utf8'))).groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(5);
  const text = await readMetrics(debug);
  for (const { expr } of rules)
    for (const [name] of expr.matchAll(/\b(?:registry|outrigger|process|nodejs)_\w+/g))
      if (!name.startsWith('registry_notifications_'))
        expect(text, name).toContain(`# TYPE ${name.replace(/_(?:bucket|count|sum)$/, '')} `);
});

const Export = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({
        attributes: z.array(
          z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }) }),
        ),
      }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
            }),
          ),
        }),
      ),
    }),
  ),
});

it('a trace goes from the client through the registry into the process of the driver', async () => {
  const spans: {
    service: string;
    traceId: string;
    spanId: string;
    parentSpanId?: string | undefined;
    name: string;
  }[] = [];
  const collector = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    req.on('end', () => {
      for (const { resource, scopeSpans } of Export.parse(JSON.parse(body)).resourceSpans) {
        const service =
          resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        for (const scope of scopeSpans) for (const span of scope.spans) spans.push({ service, ...span });
      }
      res.setHeader('Content-Type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  onTestFinished(() => void collector.close());
  const { port } = collector.address() as AddressInfo;
  const { url, command } = await observedRegistry({
    environment: {
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${String(port)}`,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  });
  const traceId = 'a'.repeat(32);
  await fetch(`${url}/v2/a/tags/list`, { headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` } });
  // Each process sends its own when its batch is due, and at its end for a moment only.
  const below = (parent: string | undefined) =>
    spans.find(({ traceId: id, parentSpanId }) => id === traceId && parentSpanId === parent);
  const http = () => below('b'.repeat(16));
  const call = () => below(http()?.spanId ?? 'none');
  const served = () => below(call()?.spanId ?? 'none');
  await expect
    .poll(served)
    .toMatchObject({ service: 'registry-storage-filesystem', name: 'filesystem list' });
  expect(call()).toMatchObject({ service: 'outrigger', name: 'filesystem list' });
  expect(http()).toMatchObject({ service: 'outrigger', name: 'GET /v2/a/tags/list' });
  command.child.kill('SIGTERM');
  expect((await command.ended).status).toBe(0);
});

it('the audit log has what was done, and goes on in a new file when the old one was moved', async () => {
  const { url, directory, command } = await observedRegistry({
    config: { outrigger: { auditLog: { file: 'audit/audit.log' } } },
  });
  const file = join(directory, 'audit/audit.log');
  const lines = () =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const digest = await pushBlob(url, 'a', Buffer.from('content'), {
    'User-Agent': 'agent\u0085x',
    'X-Request-Id': 'push-1',
  });
  await expect.poll(() => lines().length).toBe(1);
  expect(lines()[0]).toMatchObject({
    action: 'push',
    result: 'ok',
    repository: 'a',
    digest,
    size: 7,
    method: 'POST',
    request: 'push-1',
  });
  expect(readFileSync(file, 'utf8')).toMatch(/^[\n\u0020-\u007e]*$/);
  await rename(file, `${file}.1`);
  command.child.kill('SIGHUP');
  await expect.poll(() => existsSync(file)).toBe(true);
  expect((await fetch(`${url}/v2/b/blobs/uploads/?mount=${digest}&from=a`, { method: 'POST' })).status).toBe(
    201,
  );
  expect((await fetch(`${url}/v2/a/blobs/${digest}`, { method: 'DELETE' })).status).toBe(202);
  await expect.poll(() => lines().length).toBe(2);
  expect(lines()).toMatchObject([
    { action: 'mount', repository: 'b', from: 'a', digest },
    { action: 'delete', repository: 'a', digest },
  ]);
});

it('an answer names its request as the client did, if that is plain, and the log knows it', async () => {
  const { url, command } = await observedRegistry();
  const idOf = async (given: string) =>
    (await fetch(`${url}/v2/`, { headers: { 'X-Request-Id': given } })).headers.get('x-request-id');
  expect(await idOf('abc-1')).toBe('abc-1');
  expect(await idOf('a"b')).toMatch(/^[0-9a-f-]{36}$/);
  await command.printed('stderr', /"id":"abc-1","method":"GET","path":"\/v2\/","status":200/);
});

it('a driver is reloaded while a pull goes on, and its state is told', async () => {
  const { url, debug, environment, command, directory } = await observedRegistry();
  const content = Buffer.alloc(24 * 1024 * 1024, 'x');
  const digest = await pushBlob(url, 'a', content);
  const pull = await fetch(`${url}/v2/a/blobs/${digest}`);
  // Most of it is not read yet, and cannot have been sent.
  const ask = (...args: string[]) => runCommand(['driver', ...args, '--json'], { environment });
  const before: unknown = JSON.parse((await ask('status')).stdout);
  expect(before).toMatchObject({
    pid: command.pid,
    config: 'config.yml',
    drivers: [{ name: 'filesystem', state: 'ready', restarts: 0, breaker: 'closed' }],
  });
  const reloaded = await ask('reload');
  expect(reloaded.status).toBe(0);
  expect(JSON.parse(reloaded.stdout)).toMatchObject({ state: 'ready', restarts: 1 });
  const during = await runCommand(['driver', 'status'], { environment });
  expect(during.stdout).toMatch(/^draining {3}\S+, pid \d+: calls and streams left: 1$/m);
  const metrics = await readMetrics(debug);
  expect(metrics).toContain('outrigger_driver_draining_processes{driver="filesystem"} 1\n');
  expect(metrics).toContain('outrigger_driver_reloads_total{driver="filesystem",result="ok"} 1\n');
  expect((await pull.arrayBuffer()).byteLength).toBe(content.length);
  expect((await ask('reload', 'other')).status).toBe(69);
  const status = await runCommand(['driver', 'status'], { environment });
  expect(status.stdout).toMatch(/^restarts {3}1$/m);
  command.child.kill('SIGTERM');
  await command.ended;
  const gone = join(directory, 'outrigger', `registry-${String(command.pid)}.sock`);
  expect(await ask('status', '--socket', gone)).toMatchObject({ status: 69, stdout: '' });
});

it('what runs inside the registry is not reloaded, and the operator is told so', async () => {
  const { environment, command } = await observedRegistry({
    storage: { filesystem: undefined, inmemory: {} },
  });
  const refused = await runCommand(['driver', 'reload'], { environment });
  expect(refused).toMatchObject({ status: 69, stdout: '' });
  expect(refused.stderr).toContain('inmemory runs inside the registry, not as a program of its own');
  command.child.kill('SIGHUP');
  command.child.kill('SIGTERM');
  expect(await command.ended).toMatchObject({ status: 0 });
});
