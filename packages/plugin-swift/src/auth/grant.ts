/** What an authentication gives. */
export interface Grant {
  readonly token: string;
  /** The address of the account, without a slash at its end. */
  readonly storageUrl: string;
  /** Undefined: the server does not say. */
  readonly expiresAt: Date | undefined;
  /** The id of the project, where the server says it. */
  readonly projectId: string | undefined;
}
