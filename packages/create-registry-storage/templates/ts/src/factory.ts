import type { DriverFactory, Parameters } from '@outrigger/driver';
import { InvalidParametersError, givenParameters } from '@outrigger/driver';
import { createDriver } from './driver.js';
import { Store } from './store.js';

const NAME = '__NAME__';
const BUCKET = '^[a-z0-9][a-z0-9.-]{2,62}$';

/** What the driver is, before it runs: `registry-storage-__NAME__ --describe` prints it. */
export const factory: DriverFactory = {
  name: NAME,
  version: '0.1.0',
  // The parameters of yours, as JSON Schema. What nobody may see gets "x-secret": true.
  parameters: {
    type: 'object',
    properties: { bucket: { type: 'string', pattern: BUCKET, description: 'Where everything goes.' } },
    required: ['bucket'],
    additionalProperties: false,
  },
  // Variables that the driver wants to see, such as 'EXAMPLE_*'.
  environment: [],
  // What it can do besides: docs/protocol/operations.md. What is said here is tested.
  capabilities: {},
  create: async (parameters) => {
    const { bucket } = parse(parameters);
    console.log(`bucket ${bucket} is open`);
    return createDriver(NAME, new Store());
  },
};

/** @throws InvalidParametersError with all that is wrong; its messages never have a value */
function parse(parameters: Parameters): { bucket: string } {
  const { bucket, ...others } = givenParameters(parameters);
  const isBucket = typeof bucket === 'string' && new RegExp(BUCKET).test(bucket);
  const issues = Object.keys(others).map((key) => ({ key, message: 'unknown parameter' }));
  if (!isBucket) issues.push({ key: 'bucket', message: 'must be 3 to 63 of a-z, 0-9, dots and dashes' });
  if (!isBucket || issues.length > 0) throw new InvalidParametersError(NAME, issues);
  return { bucket };
}
