import { RestError } from '@azure/storage-blob';

/** A refusal as the SDK throws it. */
export function refusal(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): RestError {
  const all: Record<string, string | undefined> = { 'x-ms-error-code': code, ...headers };
  const error = new RestError('a text of the service with ?sig=SIGNATURE', { statusCode: status });
  Object.assign(error, { response: { status, headers: { get: (name: string) => all[name] } } });
  return error;
}

/** No answer. */
export function brokenConnection(code: string): RestError {
  return new RestError('connect', { code });
}
