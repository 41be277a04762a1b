import { describe, test } from 'vitest';
import { gcs } from '@outrigger/plugin-gcs';
import { startFakeGcs } from '../../harness/fake-gcs-server.js';
import { registerCloudConformance } from '../conformance.js';

registerCloudConformance({
  driver: gcs,
  executable: 'packages/plugin-gcs/dist/main.js',
  tool: 'fake-gcs-server',
  start: startFakeGcs,
  parameters: async (server) => ({
    ...(await server.createStore()).parameters(),
    rootdirectory: 'some/root',
  }),
});

/** Neither server can show it: docs/drivers/gcs.md, "What tests cannot show". */
describe('gcs, on a bucket of Google only', () => {
  test.skip('a signed URL that was tampered with is refused: no server checks signatures', () => undefined);
  test.skip('a request without a token is refused: no server checks tokens', () => undefined);
  test.skip('a copy that takes more than one request goes on with its token: every server is done at once', () =>
    undefined);
  test.skip('a compose or a copy of a generation that was replaced is refused: no server knows their preconditions', () =>
    undefined);
  test.skip('more than one write a second to an object is slowed down: no server limits rates', () =>
    undefined);
});
