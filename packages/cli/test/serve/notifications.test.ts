import { inmemory } from '@outrigger/plugin-memory';
import type { LogFields } from '@outrigger/registry';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { createWebhooks } from '../../src/serve/notifications.js';
import { parseConfig } from '../../src/config/parse-config.js';

function configure(endpoints: readonly unknown[]): Config {
  const text = {
    version: '0.1',
    storage: 'inmemory',
    http: { addr: '127.0.0.1:5000' },
    notifications: { endpoints },
  };
  return parseConfig(JSON.stringify(text), 'config.yml', {}).config;
}

async function create(endpoints: readonly unknown[]) {
  const lines: string[] = [];
  const write = (fields: LogFields, message: string) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = { debug: write, info: write, warn: write, error: write };
  const webhooks = createWebhooks(configure(endpoints), await inmemory.create({}), log);
  onTestFinished(() => webhooks?.close());
  return { webhooks, lines };
}

const URL = 'http://127.0.0.1:1/hook?token=s3cret';

describe('webhooks', () => {
  it('are none without an endpoint that is enabled', async () => {
    expect((await create([])).webhooks).toBeUndefined();
    expect((await create([{ name: 'a', url: URL, disabled: true }])).webhooks).toBeUndefined();
  });

  it('are those of the configuration, each under a name of its own', async () => {
    const endpoints = [
      { name: 'a', url: URL },
      { name: 'off', url: URL, disabled: true },
      { name: 'a', url: URL },
    ];
    const { webhooks, lines } = await create(endpoints);
    expect(webhooks?.snapshot().map(({ name }) => name)).toEqual(['a', 'a (2)']);
    expect(lines.join('\n')).not.toContain('s3cret');
  });

  it('listen only for what an endpoint wants', async () => {
    const ignore = { actions: ['pull', 'mount'] };
    const { webhooks } = await create([{ name: 'a', url: URL, ignore }]);
    expect(webhooks?.listener.actions).toEqual(['push', 'delete']);
  });

  it.each([{ 'X-A': ['a\nb-s3cret'] }, { 'X B': ['s3cret'] }])(
    'refuse headers that cannot be sent',
    async (headers) => {
      const failure = create([{ name: 'a', url: URL, headers }]);
      await expect(failure).rejects.toThrow(/^notifications\.endpoints\[0\]\.headers\.X.*: cannot be sent/);
      await expect(failure).rejects.not.toThrow('s3cret');
    },
  );
});
