/** No project was made, and nothing was left behind. The message is a sentence for a person. */
export class ScaffoldError extends Error {
  override readonly name = 'ScaffoldError';
}
