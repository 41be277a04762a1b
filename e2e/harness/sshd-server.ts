import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { chown, cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { CloudServer, CloudStore } from './cloud-server.js';
import { freePort } from './free-port.js';
import { listProcesses } from './processes.js';
import { makeTemporaryDirectory } from './temporary-directory.js';
import { startServer } from './server-process.js';
import { needTool } from './tool.js';

/** OpenSSH's server with SFTP alone, without rights, on a free port of this machine. It keeps its files when it is killed. Its address is for a proxy. */
export interface SshdServer extends CloudServer<CloudStore> {
  readonly port: number;
  readonly username: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** Of a known_hosts file. */
  readonly knownHosts: string;
  /** The path of a private key that the server takes. */
  readonly privateKey: string;
  /** Of the account. */
  readonly directory: string;
  /** A new key, and the path of it. The server does not know it. */
  createKey(name: string, passphrase?: string): Promise<string>;
  /** Ends every connection that there is, as a server that fails. */
  cutConnections(): void;
}

/**
 * Who has no rights, where root runs the tests: sshd wants more of root than there is here. Not nobody, whom systemd's part of
 * nsswitch calls locked.
 */
const NOBODY = { name: 'daemon', id: 1 };
const isRoot = process.getuid?.() === 0;

/** @param command - its program, see `findTool` */
export async function startSshd(command: string): Promise<SshdServer> {
  // For ssh-keygen, which comes with it.
  needTool('ssh');
  const { path, remove } = await makeTemporaryDirectory();
  try {
    const launched = await launch(command, path);
    return {
      ...launched,
      async stop() {
        await launched.kill();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function launch(command: string, path: string): Promise<Omit<SshdServer, 'stop'>> {
  const directory = join(path, 'home');
  await mkdir(directory);
  const createKey = async (name: string, passphrase = '') => {
    const file = join(path, name);
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', file]);
    return file;
  };
  const [hostKey, privateKey] = [await createKey('host'), await createKey('account')];
  const port = await freePort();
  const config = await writeConfig(path, { hostKey, directory, port });
  await cp(`${privateKey}.pub`, join(path, 'authorized'));
  const program = await copyFor(command, path);
  if (isRoot) await giveAway(path);
  const args = [program, '-D', '-e', '-r', '-f', config];
  const drop = ['--reuid', String(NOBODY.id), '--regid', String(NOBODY.id), '--clear-groups'];
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    command: isRoot ? 'setpriv' : program,
    args: isRoot ? [...drop, ...args] : args.slice(1),
    url,
    answers: () => greets(port),
  });
  const cutConnections = () => {
    for (const session of below(server.pid())) trySignal(session, 'SIGKILL');
  };
  const [, key = ''] = (await readFile(`${hostKey}.pub`, 'utf8')).split(' ');
  const fingerprint = await fingerprintOf(hostKey);
  const username = isRoot ? NOBODY.name : userInfo().username;
  let stores = 0;
  let isUp = true;
  return {
    ...server,
    url,
    port,
    username,
    fingerprint,
    knownHosts: `[127.0.0.1]:${port} ssh-ed25519 ${key}\n`,
    privateKey,
    directory,
    createKey,
    cutConnections,
    async start() {
      await server.start();
      isUp = true;
    },
    async kill() {
      // Its number may be another's by now.
      if (!isUp) return;
      isUp = false;
      // It makes no more of them; and as long as one has its output, it does not count as ended.
      trySignal(server.pid(), 'SIGSTOP');
      const sessions = below(server.pid());
      const killed = server.kill();
      for (const session of sessions) trySignal(session, 'SIGKILL');
      await killed;
    },
    createStore() {
      const store = `store-${stores++}`;
      const rootdirectory = join(directory, store);
      const account = { host: '127.0.0.1', username, privatekey: privateKey, hostkey: fingerprint };
      return Promise.resolve({
        name: store,
        parameters: (proxy = url) => ({ ...account, port: Number(new URL(proxy).port), rootdirectory }),
        names: () => filesBelow(rootdirectory),
      });
    },
  };
}

interface Settings {
  readonly hostKey: string;
  readonly directory: string;
  readonly port: number;
}

async function writeConfig(path: string, { hostKey, directory, port }: Settings): Promise<string> {
  const lines = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(path, 'authorized')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    // Tests that begin many connections at once are not to be turned away.
    'MaxStartups 100',
    `ForceCommand internal-sftp -d ${directory}`,
    'Subsystem sftp internal-sftp',
  ];
  const file = join(path, 'sshd_config');
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** The cache of tools lies where only its owner may go. */
async function copyFor(command: string, path: string): Promise<string> {
  const folder = dirname(dirname(command));
  if (!isRoot || !existsSync(join(folder, 'libexec'))) return command;
  await cp(folder, join(path, 'tool'), { recursive: true });
  return join(path, 'tool', 'bin', 'sshd');
}

async function giveAway(path: string): Promise<void> {
  await chown(path, NOBODY.id, NOBODY.id);
  for (const name of await readdir(path, { recursive: true }))
    await chown(join(path, name), NOBODY.id, NOBODY.id);
}

async function fingerprintOf(key: string): Promise<string> {
  const { stdout } = await execa('ssh-keygen', ['-lf', `${key}.pub`]);
  return stdout.split(' ')[1] ?? '';
}

/** The processes of its connections. */
function below(pid: number): number[] {
  const all = listProcesses();
  const childrenOf = (parent: number): number[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each.pid, ...childrenOf(each.pid)]);
  return childrenOf(pid);
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** Whether the first bytes are those of RFC 4253, 4.2. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (bytes) => end(bytes.toString('latin1').startsWith('SSH-2.0-')));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
