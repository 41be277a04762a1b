import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import type { AuthContext } from 'ssh2';
import { onTestFinished } from 'vitest';
import { fingerprintOf } from '../src/host-key.js';

export interface ScriptedServer {
  /** The parameters of the driver, but for what signs it in. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The methods that were tried, in order. */
  readonly tried: readonly string[];
}

const key = ssh2.utils.generateKeyPairSync('ed25519');

/**
 * An SSH server of this process, for what OpenSSH without rights cannot show: it lets in whom `letIn` accepts, and its SFTP has no
 * extensions at all.
 */
export async function startScripted(letIn: (context: AuthContext) => void): Promise<ScriptedServer> {
  const tried: string[] = [];
  const server = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      tried.push(context.method);
      letIn(context);
    });
    client.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => void acceptSftp());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const parsed = ssh2.utils.parseKey(key.public);
  if (parsed instanceof Error) throw parsed;
  const hostkey = fingerprintOf(parsed.getPublicSSH());
  return {
    tried,
    parameters: { host: '127.0.0.1', port, username: 'registry', hostkey, rootdirectory: '/srv' },
  };
}
