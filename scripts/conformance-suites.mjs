// What each OCI conformance program wants to be told, and what it says: opencontainers/distribution-spec, conformance/.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseJunit } from './conformance-report.mjs';

/** What the specification leaves to the registry, and the current program therefore does not ask for by itself. */
const ALL_FIVE = {
  OCI_API_BLOBS_DIGEST_HEADER: 'true',
  OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
  OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
  OCI_API_MANIFESTS_TAG_PARAM: 'true',
  OCI_DATA_SPARSE: 'true',
};

const CURRENT = [
  { name: 'current, OCI_VERSION=1.1', env: current({ OCI_VERSION: '1.1' }) },
  { name: 'current, OCI_VERSION=1.1, all five', env: current({ OCI_VERSION: '1.1', ...ALL_FIVE }) },
  { name: 'current, OCI_VERSION=dev, all five', env: current({ OCI_VERSION: 'dev', ...ALL_FIVE }) },
];

const V1_1_1 = [
  {
    name: 'v1.1.1',
    env: (host, directory, { layout }) => ({
      OCI_ROOT_URL: `http://${host}`,
      OCI_NAMESPACE: 'conformance/one',
      OCI_CROSSMOUNT_NAMESPACE: 'conformance/two',
      OCI_TEST_PULL: '1',
      OCI_TEST_PUSH: '1',
      OCI_TEST_CONTENT_DISCOVERY: '1',
      OCI_TEST_CONTENT_MANAGEMENT: '1',
      // A blob of an OCI layout is one of its repository: a mount has to say of which.
      OCI_AUTOMATIC_CROSSMOUNT: layout === 'oci' ? '0' : '1',
      OCI_HIDE_SKIPPED_WORKFLOWS: '0',
      OCI_REPORT_DIR: directory,
    }),
  },
];

function current(settings) {
  return (host, directory) => ({
    OCI_REGISTRY: host,
    OCI_TLS: 'disabled',
    OCI_REPO1: 'conformance/one',
    OCI_REPO2: 'conformance/two',
    OCI_RESULTS_DIR: directory,
    ...settings,
  });
}

/** Neither program tells its version; only the current one reads this variable. */
export function suitesOf(program) {
  return readFileSync(program).includes('OCI_CONFIGURATION') ? CURRENT : V1_1_1;
}

/** Resolves to {passed, failed, skipped} of one run. */
export async function runSuite(program, { env }, { host, directory, target }) {
  const results = join(directory, 'results');
  mkdirSync(results);
  const logFile = join(directory, 'program.log');
  const log = openSync(logFile, 'w');
  const child = spawn(program, [], {
    cwd: results,
    env: { PATH: process.env.PATH, HOME: directory, ...env(host, results, target) },
    stdio: ['ignore', log, log],
  });
  await once(child, 'exit');
  const report = join(results, 'junit.xml');
  if (!existsSync(report)) throw new Error(`no report: ${readFileSync(logFile, 'utf8').trim().slice(-500)}`);
  return parseJunit(readFileSync(report, 'utf8'));
}
