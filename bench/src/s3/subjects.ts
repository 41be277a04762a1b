import { isAbsolute } from 'node:path';
import type { Server } from '../peers/servers.js';
import { SERVERS } from '../peers/servers.js';
import { findCommand } from './find-command.js';
import { ACCESS_KEY, REGION, SECRET_KEY } from './s3-server.js';

/** What is measured. */
export const SUBJECTS = ['outrigger', 'distribution3', 'registry2', 's5cmd', 'oras-s3fs'] as const;
export type SubjectName = (typeof SUBJECTS)[number];

/** Registries that can be put over S3. */
export const REGISTRIES = [
  'outrigger',
  'distribution3',
  'registry2',
] as const satisfies readonly SubjectName[];
export type RegistryName = (typeof REGISTRIES)[number];

/** Where a bucket is. */
export interface Place {
  readonly port: number;
  readonly bucket: string;
}

/** The registry of `bench:peers` of that name, over a bucket instead of a directory. */
export function registryOver(name: RegistryName, { port: s3Port, bucket }: Place): Server {
  const server = SERVERS.find((each) => each.name === name);
  if (server === undefined) throw new Error(`no registry ${name}`);
  const parameters = {
    region: REGION,
    regionendpoint: `http://127.0.0.1:${s3Port}`,
    forcepathstyle: true,
    secure: false,
    accesskey: ACCESS_KEY,
    secretkey: SECRET_KEY,
    bucket,
    rootdirectory: '/registry',
  };
  return {
    ...server,
    command: isAbsolute(server.command) ? server.command : (findCommand(server.command) ?? server.command),
    config: (port) =>
      JSON.stringify({
        version: '0.1',
        log: { level: 'error', accesslog: { disabled: true } },
        storage: {
          s3: parameters,
          cache: { blobdescriptor: 'inmemory' },
          delete: { enabled: true },
          maintenance: { uploadpurging: { enabled: false } },
        },
        http: { addr: `127.0.0.1:${port}`, secret: 'the same for all registries of this run' },
      }),
  };
}
