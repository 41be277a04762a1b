import { expect, it } from 'vitest';
import { effectiveConfig } from '../../src/config/effective.js';
import { parseConfig } from '../../src/config/parse-config.js';

it('a URL is shown without its password and without a token in its query', () => {
  const url = 'https://u:CANARY@hooks.example.com/x?token=CANARY&a=b';
  const text = `version: 0.1\nstorage: inmemory\nnotifications: {endpoints: [{name: a, url: "${url}"}]}\n`;
  const { tree } = parseConfig(text, 'config.yml', {});
  const shown = JSON.stringify(
    effectiveConfig(tree, [{ path: ['storage', 'inmemory'], maskedParameters: {} }]),
  );
  expect(shown).toContain('https://***@hooks.example.com/x?token=***&a=b');
  expect(shown).not.toContain('CANARY');
});
