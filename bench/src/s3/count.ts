import { ContentSource } from '../content.js';
import { startServer } from '../peers/start-server.js';
import type { CountingProxy, Counts } from './counting-proxy.js';
import { startCountingProxy } from './counting-proxy.js';
import type { Load } from './matrix.js';
import { s5cmd, withFiles } from './native.js';
import { PUSHES, pullRedirected } from './operations.js';
import type { S3Server } from './s3-server.js';
import type { RegistryName } from './subjects.js';
import { registryOver } from './subjects.js';

/** What each operation asks of the S3 server, for all its blobs together. */
export type OperationCounts = Readonly<Record<string, Counts>>;

export function countRegistry(name: RegistryName, s3: S3Server, load: Load): Promise<OperationCounts> {
  return throughProxy(s3, async (proxy, bucket) => {
    const server = await startServer(registryOver(name, { port: proxy.port, bucket }));
    try {
      const source = new ContentSource(load.bytes);
      const found: Record<string, Counts> = {};
      for (const [way, push] of Object.entries(PUSHES)) {
        // The first blob of a registry costs what no other does.
        await push(server.port, [new ContentSource(1000).next()]);
        const contents = Array.from({ length: load.count }, () => source.next());
        proxy.take();
        await push(server.port, contents);
        found[way] = proxy.take();
        await pullRedirected(server.port, contents);
        found['pull, redirected'] = proxy.take();
      }
      return found;
    } finally {
      await server.stop();
    }
  });
}

export function countS5cmd(command: string, s3: S3Server, load: Load): Promise<OperationCounts> {
  return throughProxy(s3, (proxy, bucket) => {
    const tool = s5cmd(command, { port: proxy.port, bucket });
    const source = new ContentSource(load.bytes);
    const contents = Array.from({ length: load.count }, () => source.next());
    return withFiles(contents, async (full, empty) => {
      await tool.push(full);
      const push = proxy.take();
      await tool.pull(empty);
      return { push, pull: proxy.take() };
    });
  });
}

function throughProxy(
  s3: S3Server,
  count: (proxy: CountingProxy, bucket: string) => Promise<OperationCounts>,
): Promise<OperationCounts> {
  return s3.inBucket(async (bucket) => {
    const proxy = await startCountingProxy(s3.port);
    try {
      return await count(proxy, bucket);
    } finally {
      await proxy.stop();
    }
  });
}
