// A storage driver that goes wrong on demand. It speaks the protocol by hand, so that it can also break it.
//
// Parameters: root (directory), start (a name of STARTS), versions (JSON list), bad (refuses its parameters),
// on + nth + act + after + times (ACTS instead of, or after, the nth call of a method, so often over all processes),
// diebyte (dies behind so many bytes of a read or write), short (sends so many bytes less), lie (adds to the count),
// sipped (a path whose writers' sockets are read at 1 KB/s), flood (bytes to stderr), ignoreeof, grandchild, secret (echoed to stderr), unversioned.
//
// CHAOS_FLAWS is JSON of what one version of it has: any of these, and name, version, capabilities, undescribed,
// describing (makes this file when it is asked for its description, and never answers).
import { writeFileSync } from 'node:fs';
import { ACTS, STARTS, countIn, floodStderr, killSelf, spawnGrandchild } from './faults.mjs';
import { Fault, createStore } from './store.mjs';
import { listen, send } from './frames.mjs';

const KEYS = [
  'root',
  'start',
  'versions',
  'bad',
  'on',
  'nth',
  'act',
  'after',
  'times',
  'diebyte',
  'short',
  'lie',
  'sipped',
  'flood',
];
const FLAWS = JSON.parse(process.env.CHAOS_FLAWS ?? '{}');
const { name = 'chaos', version = '1.0.0' } = FLAWS;
const DESCRIPTION = {
  name,
  version,
  protocolVersions: [1],
  parameters: {
    type: 'object',
    properties: {
      ...Object.fromEntries([...KEYS, 'ignoreeof', 'grandchild', 'unversioned'].map((key) => [key, {}])),
      secret: { type: 'string', 'x-secret': true },
    },
  },
  environment: ['CHAOS_*'],
  dataPlanes: ['inline', 'socket'],
  capabilities: {},
};

const [argument = '{}'] = process.argv.slice(2);
if (argument !== '--describe') run({ ...JSON.parse(argument), ...FLAWS });
else if (FLAWS.describing !== undefined) {
  writeFileSync(FLAWS.describing, '');
  setInterval(() => undefined, 1000);
} else if (!FLAWS.undescribed) process.stdout.write(JSON.stringify(DESCRIPTION));

function run(early) {
  STARTS[early.start]?.();
  if (early.start === 'silent') return;
  if (early.ignoreeof) process.on('SIGTERM', () => undefined);
  if (early.ignoreeof) setInterval(() => undefined, 1000);
  let store;
  let config = early;
  const calls = {};
  const session = { diesWithin: () => false, die: () => killSelf() };

  const initialize = ({ parameters, socketPath }) => {
    config = { ...parameters, ...FLAWS };
    if (config.versions !== undefined && !JSON.parse(config.versions).includes(1))
      throw new Fault(1102, { protocolVersions: JSON.parse(config.versions) });
    if (config.bad)
      throw new Fault(1103, { issues: [{ key: 'bad', message: `is bad, and so is ${config.secret}` }] });
    if (config.secret) process.stderr.write(`logging in with ${config.secret}\n`);
    if (config.grandchild) spawnGrandchild(config.root);
    if (config.flood) floodStderr(config.flood);
    Object.assign(session, {
      socketPath,
      lie: config.lie ?? 0,
      short: config.short ?? 0,
      dieByte: config.diebyte,
      unversioned: config.unversioned,
      isSipped: (path) => path === config.sipped,
      diesWithin: (bytes) => config.diebyte !== undefined && bytes >= config.diebyte && isDue(),
    });
    store = createStore(config.root, session);
    return {
      protocolVersion: config.answer ?? 1,
      driver: { name, version },
      capabilities: { levitation: true, commitTo: true, ...FLAWS.capabilities },
      dataPlanes: ['inline', 'socket'],
    };
  };
  const isDue = () => config.times === undefined || countIn(config.root, 'faults') <= config.times;
  const isStruck = (method) => {
    calls[method] = (calls[method] ?? 0) + 1;
    return config.on === method && calls[method] === (config.nth ?? 1) && isDue();
  };
  const answer = async ({ id, method, params }) => {
    try {
      const struck = isStruck(method);
      if (struck && !config.after && ACTS[config.act](id, params) !== true) return;
      const result = await (method === 'initialize' ? initialize(params) : store[method](params));
      if (struck && config.after && ACTS[config.act](id, params, result) !== true) return;
      send({ jsonrpc: '2.0', id, result });
    } catch (error) {
      send({
        jsonrpc: '2.0',
        id,
        error: { code: error.number ?? 1009, message: error.message, data: error.data },
      });
    }
  };
  listen(
    (message) => {
      if (message.id !== undefined) void answer(message);
      else if (message.method === 'exit' && !config.ignoreeof) process.exit(0);
    },
    () => {
      if (!config.ignoreeof) process.exit(0);
    },
  );
}
