import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { DriverFactory } from '@outrigger/driver';
import { azure } from '@outrigger/plugin-azure';
import { filesystem } from '@outrigger/plugin-fs';
import { gcs } from '@outrigger/plugin-gcs';
import { inmemory } from '@outrigger/plugin-memory';
import { oss, s3 } from '@outrigger/plugin-s3';
import { sftp } from '@outrigger/plugin-sftp';
import { swift } from '@outrigger/plugin-swift';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { fillSections } from './driver-sections.js';
import { parameterTable } from './parameter-table.js';

/** The pages are file snapshots: a stale one fails here, and `npm run generate` (this file with -u) writes it anew. */
const FOLDER = fileURLToPath(new URL('../../../../docs/drivers/', import.meta.url));
const pages = readdirSync(FOLDER).filter((name) => name.endsWith('.md'));

const factories = new Map<string, DriverFactory>(
  [filesystem, inmemory, s3, oss, gcs, azure, swift, sftp].map((factory) => [factory.name, factory]),
);

describe('docs/drivers says what the drivers say of themselves', () => {
  it.each(pages)('the marked sections of %s', async (name) => {
    const page = join(FOLDER, name);
    const filled = fillSections(readFileSync(page, 'utf8'), factories);
    const options = { parser: 'markdown', printWidth: 110, singleQuote: true } as const;
    await expect(await format(filled, options)).toMatchFileSnapshot(page);
  });

  it.each([...factories.keys()])('%s has a page with its parameters and variables', (name) => {
    const text = pages.map((page) => readFileSync(join(FOLDER, page), 'utf8')).join('');
    expect(text).toContain(`<!-- parameters: ${name} -->`);
    expect(text).toContain(`<!-- environment: ${name} -->`);
  });
});

describe('a table of parameters', () => {
  it('has nested keys by their whole names, secrets, forms and ranges', () => {
    const table = parameterTable({
      required: ['bucket'],
      properties: {
        bucket: { type: 'string', description: 'Its name | no slash.' },
        secretkey: { type: 'string', 'x-secret': true },
        chunksize: {
          anyOf: [
            { type: 'integer', minimum: 5 },
            { type: 'string', pattern: '^\\d+$' },
          ],
          default: 10,
        },
        age: { type: 'string', pattern: '^(\\d+(ms|s|m|h))+$' },
        version: { anyOf: [{ enum: ['1', '2'] }, { enum: [1, 2] }] },
        name: { type: ['string', 'number'] },
        secure: { anyOf: [{ type: 'boolean' }, { enum: ['true', 'false'] }], default: true },
        credentials: { type: 'object', properties: { clientid: { type: 'string', 'x-secret': true } } },
      },
    });
    expect(table.split('\n').slice(2)).toEqual([
      '| `bucket` | text |  | **Required.** Its name \\| no slash. |',
      '| `secretkey` | text |  | Secret. |',
      '| `chunksize` | number, at least 5 | `10` |  |',
      '| `age` | duration |  |  |',
      '| `version` | `1`, `2` |  |  |',
      '| `name` | text |  |  |',
      '| `secure` | true, false | `true` |  |',
      '| `credentials.clientid` | text |  | Secret. |',
    ]);
    expect(parameterTable({ properties: {} })).toBe('It has no parameters.');
  });
});
