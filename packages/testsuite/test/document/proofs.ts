/** What no conformance case can prove: an obligation of the host, which our host's own tests prove, or one that only a reader can see. */
export interface Proof {
  readonly id: string;
  readonly reason: string;
  /** Tests of our host, by their paths; none: to be checked by hand. */
  readonly tests: readonly string[];
}

const HOST = 'An obligation of the host: a driver cannot be tested for it.';

export const PROOFS: readonly Proof[] = [
  {
    id: 'host.unknown',
    reason: HOST,
    tests: ['packages/ipc/test/host/handshake.test.ts', 'packages/ipc/test/transcripts/transcripts.test.ts'],
  },
  {
    id: 'host.violation',
    reason: HOST,
    tests: ['packages/host/test/violation.test.ts', 'packages/ipc/test/framing/frame-parser.test.ts'],
  },
  { id: 'host.planes', reason: HOST, tests: ['packages/ipc/test/host/planes.test.ts'] },
  {
    id: 'host.count',
    reason: 'What the host does with a false count: an honest driver has none.',
    tests: ['packages/ipc/test/host/read-socket.test.ts'],
  },
  {
    id: 'host.local-file',
    reason: HOST,
    tests: ['packages/ipc/test/host/read-file.test.ts', 'packages/ipc/test/host/local-target.test.ts'],
  },
  { id: 'host.successor', reason: HOST, tests: ['packages/host/test/reload.test.ts'] },
  { id: 'host.tell', reason: HOST, tests: ['packages/ipc/test/host/local-target.test.ts'] },
  { id: 'host.one-of', reason: HOST, tests: ['packages/ipc/test/host/remote-writer.test.ts'] },
  {
    id: 'hand.unknown',
    reason: 'It is about what a sender counts on, not about what it sends.',
    tests: [],
  },
  {
    id: 'hand.secrets',
    reason: 'A secret may be written in any form and to any file: only the source shows that it is not.',
    tests: [],
  },
  {
    id: 'hand.redirect-log',
    reason: 'The log may go elsewhere than to stderr: only the source shows that no URL is in it.',
    tests: [],
  },
  {
    id: 'hand.nonce',
    reason:
      'Our host makes the nonce, and makes good ones: what a driver does with a bad one is in its source.',
    tests: ['packages/ipc/test/plugin/session.test.ts'],
  },
  {
    id: 'hand.backend',
    reason: 'Every backend hangs in its own way: a driver is tested behind a proxy that stops its traffic.',
    tests: ['e2e/cloud/s3/broken-transfers.test.ts'],
  },
  {
    id: 'hand.successor',
    reason:
      'The next version is not there to be tested; between two processes of one version T39, T40.cursor and D14.version prove it.',
    tests: ['e2e/reload/reload.test.ts'],
  },
  {
    id: 'hand.power',
    reason:
      'kill -9 does not lose what the kernel has: a power cut is a matter of the backend, and tested there.',
    tests: ['packages/plugin-fs/test/power-cut.test.ts'],
  },
  {
    id: 'hand.fsync',
    reason: 'A disk that fails an fsync has to be simulated below the driver.',
    tests: ['packages/plugin-fs/test/writer.test.ts'],
  },
  {
    id: 'hand.absence',
    reason: 'Nobody can take a right away from every backend: a driver is tested with its own.',
    tests: ['e2e/cloud/s3/refusals.test.ts'],
  },
  {
    id: 'hand.midway',
    reason: 'A backend has to fail in the middle of a read for it.',
    tests: ['packages/ipc/test/host/planes.test.ts'],
  },
];
