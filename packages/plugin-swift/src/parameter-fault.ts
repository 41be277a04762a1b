/** What a parameter says is not so: a wrong password, a region that the catalogue has not. The message holds no value of a secret. */
export class ParameterFault extends Error {
  override readonly name = 'ParameterFault';
  readonly key: string;

  constructor(key: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.key = key;
  }
}
