import { join } from 'node:path';

const GIB = 1024 ** 3;

/**
 * A `ceph.conf` of one monitor `a`, one store `0` and as many gateways as are started, on loopback and below one directory.
 *
 * @param id - of the cluster, a UUID
 * @param monitor - its address with the version of the protocol
 */
export function cephConfig(directory: string, { id, monitor }: { id: string; monitor: string }): string {
  const at = (name: string) => join(directory, name);
  return `
[global]
fsid = ${id}
keyring = ${at('keyring')}
mon host = ${monitor}/0
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
ms bind ipv6 = false
run dir = ${directory}
admin socket = ${at('$name.$pid.asok')}
crash dir = ${directory}
log file = ${at('$name.log')}

[mon]
mon data = ${at('mon')}
auth allow insecure global id reclaim = false
mon allow pool delete = true
# The disk is the machine's, and others fill it.
mon data avail warn = 1
mon data avail crit = 1
# A change is told at once: a gateway makes eight pools, one after another.
paxos propose interval = 0.1
# Everything is there once.
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0

[osd]
osd data = ${at('osd')}
osd memory target = ${GIB}
# A file that takes what is written to it.
bluestore block size = ${16 * GIB}
`;
}
