/** A user and a password. */
export interface BasicCredentials {
  readonly user: string;
  /** Whatever the client sent, in its own encoding. */
  readonly password: Buffer;
}

/**
 * Reads an `Authorization` header (RFC 7617). Undefined when it is of another kind, cannot be read, or names neither user
 * nor password, as some clients send where they have none.
 */
export function parseBasic(authorization: string): BasicCredentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64');
  const colon = decoded.indexOf(':');
  if (colon === -1 || decoded.length === 1) return undefined;
  return { user: decoded.toString('utf8', 0, colon), password: decoded.subarray(colon + 1) };
}
