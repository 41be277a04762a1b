// A host in a process of its own: opens the chaos driver with the parameters of argument 1, says so, and lives on.
import { openDriver } from '../dist/index.js';

const driver = await openDriver({
  hostVersion: '0.0.0',
  driver: 'chaos',
  driverDirectories: [new URL('chaos', import.meta.url).pathname],
  parameters: JSON.parse(process.argv[2]),
  // A busy machine is no reason to give its driver up.
  timings: { startMs: 60_000, pingMs: 60_000 },
});
process.stdout.write(`${JSON.stringify(driver.status())}\n`);
process.stdin.on('data', () => void driver.close());
