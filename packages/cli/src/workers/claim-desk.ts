import type { Bundle } from './bundle.js';
import { createBundle } from './bundle.js';
import type { Hold, KeysToPrimary, KeysToWorker } from './messages.js';

/** A worker, as the desk knows it. */
export interface Member {
  send(keys: KeysToWorker): void;
  /** It has not answered for so long that nobody can wait for it: it must not answer clients any more. */
  kill(): void;
}

/**
 * Where workers claim keys of facts (the registry's replicas/family.ts). A claim is granted when every other worker has forgotten
 * the key and remembers nothing of it until the claim is released. A worker that says nothing is ended: it could answer from
 * memory when it wakes. What a dead worker had claimed stays claimed until its driver is gone, which may still be writing.
 */
export interface ClaimDesk {
  /** From now on the worker is asked. Answers what is claimed already. */
  join(member: Member): Hold[];
  receive(member: Member, keys: KeysToPrimary): void;
  /** The process of the worker is gone. */
  leave(member: Member): void;
  /** So is its driver. */
  bury(member: Member): void;
  /**
   * Call it every {@link TICK_MS}: a clock would blame workers for a time in which the whole machine stood still.
   *
   * @param serving - are asked for a sign of life as well: clients may wait for one that stands still, and nobody claim anything
   */
  tick(serving: readonly Member[]): void;
}

export const TICK_MS = 500;
/** Ticks. */
const PATIENCE = 10;
/** Ticks for a sign of life, for which nobody waits. */
const PROBE_PATIENCE = 40;

interface Claim {
  readonly id: number;
  readonly key: string;
  readonly owner: Member;
  /** The owner's number for it. */
  readonly number: number;
  /** Who has not acknowledged it. */
  readonly waiting: Set<Member>;
  isGranted: boolean;
  ticks: number;
}

export function createClaimDesk(): ClaimDesk {
  const members = new Map<Member, Bundle<KeysToWorker>>();
  const claims = new Map<number, Claim>();
  const byOwner = new Map<Member, Map<number, Claim>>();
  let last = 0;
  const silent = new Map<Member, number>();

  const others = (owner: Member) => [...members].filter(([member]) => member !== owner);
  const grant = (claim: Claim): void => {
    if (claim.isGranted || claim.waiting.size > 0) return;
    claim.isGranted = true;
    members.get(claim.owner)?.add('grant', claim.number);
  };
  const open = (owner: Member, [number, key]: Hold): void => {
    const asked = others(owner);
    const waiting = new Set(asked.map(([member]) => member));
    const claim: Claim = { id: ++last, key, owner, number, waiting, isGranted: false, ticks: 0 };
    claims.set(claim.id, claim);
    const own = byOwner.get(owner) ?? new Map<number, Claim>();
    byOwner.set(owner, own.set(number, claim));
    for (const [, bundle] of asked) bundle.add('hold', [claim.id, key]);
    grant(claim);
  };
  const end = (claim: Claim | undefined): void => {
    if (claim === undefined || !claims.delete(claim.id)) return;
    byOwner.get(claim.owner)?.delete(claim.number);
    for (const [, bundle] of others(claim.owner)) bundle.add('drop', claim.id);
  };
  const acknowledge = (claim: Claim | undefined, member: Member): void => {
    if (claim?.waiting.delete(member) === true) grant(claim);
  };

  return {
    join(member) {
      members.set(
        member,
        createBundle((keys) => member.send(keys)),
      );
      return [...claims.values()].map(({ id, key }) => [id, key]);
    },
    receive(member, { claim = [], release = [], held = [], tell = [] }) {
      if (!members.has(member)) return;
      silent.delete(member);
      for (const each of claim) open(member, each);
      for (const id of held) acknowledge(claims.get(id), member);
      for (const number of release) end(byOwner.get(member)?.get(number));
      if (tell.length > 0) for (const [, bundle] of others(member)) bundle.add('forget', ...tell);
    },
    leave(member) {
      members.delete(member);
      silent.delete(member);
      // Nothing of what was not granted has begun.
      for (const claim of byOwner.get(member)?.values() ?? []) if (!claim.isGranted) end(claim);
      for (const claim of claims.values()) acknowledge(claim, member);
    },
    bury(member) {
      for (const claim of byOwner.get(member)?.values() ?? []) end(claim);
      byOwner.delete(member);
    },
    tick(serving) {
      const late = new Set<Member>();
      for (const member of serving) {
        const ticks = (silent.get(member) ?? 0) + 1;
        silent.set(member, ticks);
        // The number of no claim: it is acknowledged, and holds nothing.
        if (ticks === 1) members.get(member)?.add('hold', [0, '']);
        if (ticks >= PROBE_PATIENCE) late.add(member);
      }
      for (const claim of claims.values()) {
        if (claim.waiting.size === 0 || ++claim.ticks < PATIENCE) continue;
        for (const member of claim.waiting) late.add(member);
      }
      for (const member of late) member.kill();
    },
  };
}
