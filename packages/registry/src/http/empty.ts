import type { Call } from './call.js';

/** An answer without a body. Koa would write the text of the status otherwise. */
export function setEmpty({ ctx }: Call, status: number): void {
  ctx.body = null;
  ctx.status = status;
}
