// A host in a process of its own: opens the chaos driver as argument 1 says, says so, and lives on; or kills itself with -9 at
// a step of the start. Argument 1 is JSON: parameters, directory (of the driver), killAt (one of STEPS).
import childProcess from 'node:child_process';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { openDriver } from '../dist/index.js';
import { killSelf } from './chaos/faults.mjs';

const { parameters, directory, killAt } = JSON.parse(process.argv[2]);
const reach = (step) => {
  if (step === killAt) killSelf();
};

const { mkdir } = files;
files.mkdir = async (path, options) => {
  const made = await mkdir(path, options);
  if (String(path).includes('/outrigger-')) reach('its directory is made');
  return made;
};
const { spawn } = childProcess;
childProcess.spawn = (file, args, options) => {
  const child = spawn(file, args, options);
  const isDriver = args.some((arg) => arg.endsWith('registry-storage-chaos'));
  if (isDriver && !args.includes('--describe')) reach('it is spawned');
  return child;
};
syncBuiltinESMExports();

const driver = await openDriver({
  hostVersion: '0.0.0',
  driver: 'chaos',
  driverDirectories: [directory ?? new URL('chaos', import.meta.url).pathname],
  parameters,
  // A busy machine is no reason to give its driver up.
  timings: { startMs: 60_000, describeMs: 600_000, pingMs: 60_000 },
  onProcess: (_pid, isRunning) => {
    if (isRunning) reach('it is watched');
  },
  trace: ({ direction, message: { method, result } }) => {
    if (method === 'initialize') reach('it is asked to initialize');
    if (direction === 'received' && result?.protocolVersion === 1) reach('it has answered');
    if (method === 'initialized') reach('it is told of the planes');
  },
});
process.stdout.write(`${JSON.stringify({ host: process.pid, ...driver.status() })}\n`);
process.stdin.on('data', () => void driver.close());
