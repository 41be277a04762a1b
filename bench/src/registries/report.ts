import { createHash } from 'node:crypto';
import { peakResidentMiB } from '../cpu.js';
import { median } from '../median.js';
import { formatTable, round } from '../table.js';
import { Client, randomChunks } from './client.js';
import type { Peer } from './peer.js';
import { PEERS, isInstalled, startPeer } from './peer.js';

const MIB = 1024 * 1024;
const LARGE_BYTES = 256 * MIB;
const RUNS = 5;

/** `npm run bench -- registries`: pushes and pulls, one registry after the other, each on a store of its own. */
export async function reportRegistries(print: (text: string) => void): Promise<void> {
  const rows: string[][] = [];
  for (const peer of PEERS) {
    if (isInstalled(peer.command)) rows.push(await measurePeer(peer));
    else print(`${peer.label}: no ${peer.command} on this machine, left out`);
  }
  const header = [
    'registry',
    'push MiB/s',
    'pull MiB/s',
    'manifest GET/s',
    '4 KiB blob GET/s',
    'peak RSS MiB',
  ];
  print(`\n${formatTable(header, rows)}`);
  print(
    'push: 256 MiB by POST and PUT; pull: 256 MiB; GETs over 32 connections; median of 5; the client is on the same cores',
  );
}

async function measurePeer(peer: Peer): Promise<string[]> {
  const running = await startPeer(peer);
  const client = new Client(running.port);
  try {
    const push = await measurePush(client);
    const pull = await rate(() => client.get(`/v2/bench/blobs/${push.digest}`), LARGE_BYTES / MIB, 1);
    const small = randomChunks(4096);
    const digest = await client.pushBlob('bench', small);
    await client.pushManifest('bench', 'latest', digest, 4096);
    const manifests = await rate(() => client.get('/v2/bench/manifests/latest'), 1, 32, 4000);
    const blobs = await rate(() => client.get(`/v2/bench/blobs/${digest}`), 1, 32, 4000);
    return [
      peer.label,
      round(push.rate),
      round(pull),
      round(manifests),
      round(blobs),
      round(peakResidentMiB(running.pid)),
    ];
  } finally {
    client.close();
    await running.stop();
  }
}

/** Every run pushes other bytes; their digest is not part of the time. */
async function measurePush(client: Client): Promise<{ rate: number; digest: string }> {
  const rates: number[] = [];
  let digest = '';
  for (let run = 0; run <= RUNS; run++) {
    const chunks = randomChunks(LARGE_BYTES);
    const hash = createHash('sha256');
    for (const chunk of chunks) hash.update(chunk);
    digest = `sha256:${hash.digest('hex')}`;
    const start = performance.now();
    await client.pushKnown('bench', chunks, digest);
    if (run > 0) rates.push(LARGE_BYTES / MIB / ((performance.now() - start) / 1000));
  }
  return { rate: median(rates), digest };
}

/** Units a second; `amount` units a call, `lanes` calls at a time, `calls` calls a run. */
async function rate(call: () => Promise<unknown>, amount: number, lanes: number, calls = 1): Promise<number> {
  const rates: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    let left = calls;
    const lane = async () => {
      while (left-- > 0) await call();
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    if (run > 0) rates.push((amount * calls) / ((performance.now() - start) / 1000));
  }
  return median(rates);
}
