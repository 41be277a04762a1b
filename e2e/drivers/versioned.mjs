// The filesystem driver of a version that VERSION says. With FLAW: one that does not come up.
import { serveDriver } from '@outrigger/ipc/plugin';
import { filesystem } from '@outrigger/plugin-fs';

const { VERSION = '0', FLAW } = process.env;
if (FLAW !== undefined && process.argv[2] !== '--describe') {
  process.stderr.write(`${FLAW}\n`);
  process.exit(3);
}
await serveDriver({ ...filesystem, name: 'versioned', version: VERSION });
