import type { DriverFactory, Parameters } from '@outrigger/driver';
import { describeFactory } from './describe.js';
import { takeProtocolStreams } from './protocol-streams.js';
import { Session } from './session.js';
import { traceRequests } from './trace-requests.js';

/** A driver that cannot give everything back within this time ends all the same. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * The whole of a driver's main: serves one host on stdin and stdout, until `exit`, the end of stdin or SIGTERM, and
 * then ends the process.
 *
 * Arguments: `--describe` prints the description; `--version` the version; otherwise argument 1 is the JSON map of parameters.
 */
export async function serveDriver(
  factory: DriverFactory,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const [argument] = args;
  if (argument === '--describe') return print(JSON.stringify(describeFactory(factory)));
  if (argument === '--version') return print(`${factory.name} ${factory.version}`);
  process.title = `registry-storage-${factory.name}`;
  const parameters = parseParameters(argument);
  if (parameters === undefined) {
    process.stderr.write(
      `registry-storage-${factory.name}: argument 1 is the JSON map of the parameters, or --describe\n`,
    );
    process.exitCode = 64;
    return;
  }
  const tracing = await traceRequests(factory);
  const session = new Session({ ...takeProtocolStreams(), factory, parameters, around: tracing?.around });
  const terminated = new Promise<number>((resolve) => {
    process.once('SIGTERM', () => {
      resolve(0);
    });
  });
  const status = await Promise.race([session.ended, terminated]);
  setTimeout(() => process.exit(status), CLOSE_TIMEOUT_MS);
  await session.close();
  await tracing?.close();
  process.exit(status);
}

async function print(line: string): Promise<void> {
  await new Promise((resolve) => process.stdout.write(`${line}\n`, resolve));
}

function parseParameters(argument: string | undefined): Parameters | undefined {
  if (argument === undefined) return {};
  try {
    const map: unknown = JSON.parse(argument);
    return typeof map === 'object' && map !== null && !Array.isArray(map) ? (map as Parameters) : undefined;
  } catch {
    return undefined; // not JSON: the caller prints the usage
  }
}
