import type { ObjectCannedACL, StorageClass } from '@aws-sdk/client-s3';

/** What a person calls the parameters that a refusal of the store may be about. */
export interface ParameterNames {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly endpoint: string;
  readonly encryptionKey: string;
}

export const LOG_LEVELS = [
  'off',
  'debug',
  'debugwithsigning',
  'debugwithhttpbody',
  'debugwithrequestretries',
  'debugwithrequesterrors',
  'debugwitheventstreambody',
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A store that speaks S3, whatever the driver over it is called. */
export interface S3Config {
  /** Of the driver: `s3`, `s3aws` or `oss`. */
  readonly name: string;
  readonly names: ParameterNames;
  /** Undefined: the chain of the SDK (environment, profile, web identity, container, instance). */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly region: string;
  /** Undefined: that of AWS for the region. */
  readonly endpoint: URL | undefined;
  readonly redirectEndpoint: URL | undefined;
  readonly forcePathStyle: boolean;
  readonly bucket: string;
  readonly rootDirectory: string;
  /** How objects are encrypted by the store; undefined: as the bucket says. */
  readonly encryption: { readonly keyId: string | undefined } | undefined;
  readonly storageClass: StorageClass | undefined;
  /** Undefined: private, as stores do by themselves. */
  readonly acl: ObjectCannedACL | undefined;
  /** HTTPS to the endpoints of AWS. */
  readonly secure: boolean;
  readonly skipVerify: boolean;
  readonly useDualStack: boolean;
  readonly accelerate: boolean;
  readonly useFips: boolean;
  readonly userAgent: string | undefined;
  /** Bytes of a part of an upload. */
  readonly chunkSize: number;
  readonly copy: CopyConfig;
  /** Uploads that nobody went on with for so long are ended; undefined: as the base has it. */
  readonly abandonedAfterMs: number | undefined;
  readonly logLevel: LogLevel;
}

export interface CopyConfig {
  /** Bytes of a part of a copy. */
  readonly chunkSize: number;
  /** Parts that are copied at a time, of all copies together. */
  readonly concurrency: number;
  /** Objects above so many bytes are copied in parts. */
  readonly threshold: number;
}
