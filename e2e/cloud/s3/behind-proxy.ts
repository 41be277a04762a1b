import type { FaultProxy } from '../../harness/fault-proxy.js';
import { startFaultProxy } from '../../harness/fault-proxy.js';
import type { RunningRegistry } from '../../harness/start-registry.js';
import { startRegistry } from '../../harness/start-registry.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { overS3 } from './s3-registry.js';

export interface BehindProxy {
  readonly registry: RunningRegistry;
  readonly proxy: FaultProxy;
  stop(): Promise<void>;
}

/** A registry on versitygw whose every request goes through a proxy that answers as the test wants it. */
export async function startBehindProxy(
  versitygw: string,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<BehindProxy> {
  const server = await startVersitygw(versitygw);
  const proxy = await startFaultProxy(server.url);
  const bucket = await server.createStore();
  const registry = await startRegistry(overS3(bucket, { url: proxy.url, parameters }));
  return {
    registry,
    proxy,
    async stop() {
      proxy.decide(() => undefined);
      await registry.stop();
      await proxy.stop();
      await server.stop();
    },
  };
}
