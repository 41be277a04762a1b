import { expect, it } from 'vitest';
import { createReporter } from '../../src/index.js';
import { report } from '../results.js';

it('writes counts first and escapes what XML does not take', () => {
  const xml = report(createReporter('junit'));
  expect(xml).toContain('<testsuites tests="3" failures="1" errors="0" skipped="1">');
  expect(xml).toContain(
    '<testsuite name="some &lt;driver&gt;" tests="3" failures="1" errors="0" skipped="1" time="3.702">',
  );
  expect(xml).toContain('<skipped message="not &quot;here&quot; &lt;now&gt;"/>');
  expect(xml).toContain('name="T3 third&apos;s &lt;tag&gt;"');
  expect(xml).toContain('<failure message="]]&gt; &amp; \ufffd\ufffd[31m &quot;bad&quot;&#10;&lt;line&gt;">');
  expect(xml.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});
