import { expect, test } from 'vitest';
import { InvalidParametersError } from '../src/index.js';

test('names the driver and every key', () => {
  const issues = [
    { key: 'chunksize', message: 'a number of at least 5 MiB' },
    { key: '', message: 'accesskey needs secretkey' },
  ];
  const error = new InvalidParametersError('s3', issues);
  expect(error.message).toBe(
    'invalid parameters for storage driver s3: chunksize: a number of at least 5 MiB; accesskey needs secretkey',
  );
  expect(error).toMatchObject({ name: 'InvalidParametersError', driver: 's3', issues });
});
