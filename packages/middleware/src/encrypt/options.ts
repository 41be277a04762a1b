import type { Parameters } from '@outrigger/driver';
import { InvalidParametersError } from '@outrigger/driver';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { parseOptions, toSchema } from '../parse-options.js';
import type { KeySource } from './keys.js';

const schema = z.strictObject({
  keyfile: z.string().refine(isAbsolute, { error: 'must be an absolute path' }).optional().meta({
    description:
      'A file with one key a line: an id, a blank, and 32 bytes in base64. The first one encrypts what is new.',
    'x-path': true,
  }),
  keycommand: z
    .array(z.string())
    .min(1, { error: 'must name a program' })
    .optional()
    .meta({ description: 'A program and its arguments, in a list: it prints what the file would hold.' }),
});

export const encryptSchema = toSchema(schema);

/** @throws InvalidParametersError */
export function parseEncryptOptions(options: Parameters): KeySource {
  const { keyfile, keycommand } = parseOptions('encrypt', schema, options);
  if (keyfile !== undefined && keycommand === undefined) return { file: keyfile };
  if (keycommand !== undefined && keyfile === undefined) return { command: keycommand };
  throw new InvalidParametersError('encrypt', [
    { key: '', message: 'one of keyfile and keycommand is needed' },
  ]);
}
