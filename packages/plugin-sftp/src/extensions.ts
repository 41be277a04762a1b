import type { SFTPWrapper } from 'ssh2';

/** What a server has beyond version 3 of the protocol, see PROTOCOL of OpenSSH. */
export interface Extensions {
  /** posix-rename@openssh.com: a rename replaces what is there, at once. */
  readonly rename: boolean;
  readonly fsync: boolean;
  readonly statvfs: boolean;
  /** copy-data: bytes go from file to file on the server. */
  readonly copyData: boolean;
}

/** The library keeps what the server has told to itself, and only throws when something is missing. */
export function extensionsOf(sftp: SFTPWrapper): Extensions {
  const told: unknown = Reflect.get(sftp, '_extensions');
  const has = (name: string, version: string) =>
    typeof told === 'object' && told !== null && Reflect.get(told, name) === version;
  return {
    rename: has('posix-rename@openssh.com', '1'),
    fsync: has('fsync@openssh.com', '1'),
    statvfs: has('statvfs@openssh.com', '2'),
    copyData: has('copy-data', '1'),
  };
}
