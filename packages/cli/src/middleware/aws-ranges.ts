import type { Logger } from '@outrigger/registry';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import type { RangesFilter } from './cloudfront-options.js';

/** The addresses of AWS, as it publishes them. */
export interface AwsRanges {
  /** False for all as long as they could not be read once. */
  has(address: string): boolean;
  close(): void;
}

const TIMEOUT_MS = 30_000;
/** A timer takes anything longer for no time at all. */
const LONGEST_MS = 2 ** 31 - 1;

/** Reads them now, and again and again from then on. What cannot be read is logged, and what was read before stays. */
export async function watchAwsRanges(filter: RangesFilter, log: Logger): Promise<AwsRanges> {
  const controller = new AbortController();
  let list = new BlockList();
  const update = async () => {
    try {
      list = await fetchRanges(filter, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted)
        log.warn(
          { err: error },
          'the addresses of AWS could not be read: cloudfront goes on with what it knew',
        );
    }
  };
  await update();
  const timer = setInterval(() => void update(), Math.min(filter.updateMs, LONGEST_MS)).unref();
  return {
    has: (address) => isIP(address) !== 0 && list.check(address, familyOf(address)),
    close() {
      clearInterval(timer);
      controller.abort();
    },
  };
}

/** https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html */
const publication = z.object({
  prefixes: z.array(z.object({ ip_prefix: z.string(), region: z.string() })),
  ipv6_prefixes: z.array(z.object({ ipv6_prefix: z.string(), region: z.string() })),
});

async function fetchRanges({ url, regions }: RangesFilter, closed: AbortSignal): Promise<BlockList> {
  const signal = AbortSignal.any([closed, AbortSignal.timeout(TIMEOUT_MS)]);
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const { prefixes, ipv6_prefixes } = publication.parse(await answer.json());
  const list = new BlockList();
  const all = [
    ...prefixes.map(({ ip_prefix, region }) => ({ prefix: ip_prefix, region })),
    ...ipv6_prefixes.map(({ ipv6_prefix, region }) => ({ prefix: ipv6_prefix, region })),
  ];
  for (const { prefix, region } of all)
    if (regions === undefined || regions.includes(region.toLowerCase())) addNetwork(list, prefix);
  return list;
}

function addNetwork(list: BlockList, prefix: string): void {
  const [address = '', bits = ''] = prefix.split('/');
  if (isIP(address) === 0 || !/^\d{1,3}$/.test(bits)) return;
  list.addSubnet(address, Number(bits), familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
