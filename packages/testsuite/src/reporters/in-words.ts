/** An error for the author of a driver: what went wrong and what caused it, without the stack of this suite. */
export function inWords(error: Error): string {
  const { cause } = error;
  const own = isNamed(error) ? `${error.name}: ${error.message}` : error.message;
  const isNews = cause instanceof Error && !own.includes(cause.message);
  return isNews ? `${own}\ncaused by: ${inWords(cause)}` : own;
}

/** Of an assertion the text says it all. */
function isNamed({ name }: Error): boolean {
  return name !== 'Error' && name !== 'AssertionError';
}
