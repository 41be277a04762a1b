import type { Content } from '../harness/content.js';
import type { Answer } from '../harness/http.js';
import { request } from '../harness/http.js';
import { until } from '../harness/until.js';
import type { SendOptions, Upload } from '../harness/upload.js';
import { beginUpload, finishUpload, sendChunk, toUpload } from '../harness/upload.js';

/** A client that does not give up, as real ones do not, and that notices when bytes are lost that were acknowledged. */
export class Push {
  readonly content: Content;
  readonly #url: () => string;
  readonly #name: string;
  readonly #isChunked: boolean;
  #upload: Upload | undefined;
  /** How many bytes it was told to be safe. */
  #acknowledged = 0;
  /** A PUT of all was sent: whether it was done nobody knows. */
  #isEnding = false;
  #isDone = false;

  /** @param isChunked - whether the bytes come in a PATCH, or in the PUT that ends the upload */
  constructor(url: () => string, name: string, content: Content, isChunked: boolean) {
    this.content = content;
    this.#url = url;
    this.#name = name;
    this.#isChunked = isChunked;
  }

  /** Sends everything once. What comes of it is seen in the end. */
  async attempt(options: SendOptions): Promise<void> {
    await toleratingFaults(async () => {
      this.#upload = await beginUpload(this.#url(), this.#name);
      if (this.#isChunked)
        this.#goesOn(checkStatus(await sendChunk(this.#upload, this.content, options), [202]));
      else await this.#finish(this.#upload, options);
    });
  }

  /** Goes on where the registry says that it is, until it has acknowledged everything. */
  async end(): Promise<void> {
    const isEnded = async () => {
      if (!this.#isDone) await toleratingFaults(async () => this.#finish(await this.#reached()));
      return this.#isDone;
    };
    await until(`the end of the push of ${this.content.digest}`, isEnded, 60_000);
  }

  async #finish(upload: Upload, options: SendOptions = {}): Promise<void> {
    this.#isEnding = true;
    checkStatus(await finishUpload(upload, this.content, options), [201]);
    this.#isDone = true;
  }

  #goesOn(answer: Answer): Upload {
    const upload = toUpload(this.#url(), answer);
    if (upload.offset < this.#acknowledged)
      throw new Error(`${upload.offset} bytes are left of ${this.#acknowledged} that were acknowledged`);
    this.#acknowledged = upload.offset;
    this.#upload = upload;
    return upload;
  }

  async #reached(): Promise<Upload> {
    if (this.#upload !== undefined) {
      const answer = checkStatus(await request(this.#upload.location), [204, 404]);
      if (answer.status === 204) return this.#goesOn(answer);
      if (!this.#isEnding && this.#acknowledged > 0)
        throw new Error(`an upload is gone, of which ${this.#acknowledged} bytes were acknowledged`);
    }
    this.#acknowledged = 0;
    return (this.#upload = await beginUpload(this.#url(), this.#name));
  }
}

class Refused extends Error {}

/** @throws Refused for what is answered while something is broken; Error for what is never right */
function checkStatus(answer: Answer, expected: readonly number[]): Answer {
  if (expected.includes(answer.status)) return answer;
  const what = `status ${answer.status}: ${answer.body.toString().slice(0, 500)}`;
  throw answer.status === 503 ? new Refused(what) : new Error(what);
}

/** Nobody was there, or went away, or said that it cannot. */
async function toleratingFaults(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const isBroken =
      error instanceof Error && ('code' in error || /hang up|aborted|status 503/.test(error.message));
    if (!(error instanceof Refused) && !isBroken) throw error;
  }
}
