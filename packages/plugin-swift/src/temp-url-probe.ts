import type { Exchange } from './http/exchange.js';
import { disconnection, refusal } from './http/failure.js';
import { retrying } from './http/retry.js';
import type { Layout } from './layout.js';
import type { TempUrlSigner } from './temp-url.js';

/** Whether the server takes URLs that are signed so. It says of what is not there that it is not, to those alone who may know. */
export async function takesTempUrls(
  exchange: Exchange,
  layout: Layout,
  signer: TempUrlSigner,
): Promise<boolean> {
  const signed = await signer(layout.pathOf(`${layout.segments}nothing`), 'GET', undefined);
  if (signed === null) return false;
  const { status } = await retrying(async () => {
    const answer = await exchange.send({ url: signed.url, method: 'HEAD' }).catch((error: unknown) => {
      throw disconnection(error);
    });
    if (answer.status >= 500) throw await refusal(answer);
    await answer.discard();
    return answer;
  });
  return status === 404 || status < 300;
}
