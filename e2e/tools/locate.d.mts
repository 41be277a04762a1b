export type ToolName =
  | 'skopeo'
  | 'podman'
  | 'buildah'
  | 'umoci'
  | 'strace'
  | 'redis-server'
  | 'crane'
  | 'regctl'
  | 'pebble'
  | 'oras-py'
  | 'oras'
  | 'moto-server'
  | 'versitygw'
  | 'minio'
  | 'ceph-mon'
  | 'ceph-osd'
  | 'radosgw'
  | 'ceph'
  | 'toxiproxy-server'
  | 'azurite-blob'
  | 'kubernetes-validate'
  | 'fake-gcs-server'
  | 'gcp-storage-emulator'
  | 'ssh'
  | 'sshd'
  | 'swift-server'
  | 'keystone-server'
  | 'cargo'
  | 'cargo-fmt'
  | 'cargo-clippy'
  | 'go'
  | 'python-sdk'
  | 'jq'
  | 'make'
  | 'python3'
  | 'docker-registry'
  | 'registry'
  | 'registry-with-outrigger'
  | 'registry-storage-distribution';

export interface Missing {
  /** One line, fit to be a skipped test's reason. */
  missing: string;
}

/**
 * The absolute path of a tool, or why there is none. Looks at the variable OUTRIGGER_TOOL_<NAME>
 * (for example OUTRIGGER_TOOL_ORAS_PY), the cache that e2e/tools/install.mjs fills, then PATH.
 */
export function locate(name: ToolName): string | Missing;

/** Whether only the long form of the tests (OUTRIGGER_TEST=full) has this tool. */
export function isLong(name: ToolName): boolean;
