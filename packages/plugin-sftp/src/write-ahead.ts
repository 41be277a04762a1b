import type { Handle, Session } from './session.js';

/** Writes in order, several pieces under way at a time. */
export interface WriteAhead {
  /** Bytes that the server surely has, from the start, without a hole. */
  readonly written: number;
  /**
   * Resolves when the buffer may be reused: what is under way is bounded, and no more.
   *
   * @throws what an earlier piece failed with
   */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when the server has answered every piece. @throws what one of them failed with */
  settle(): Promise<void>;
}

/** What OpenSSH lets into a channel before it is handled. */
const WINDOW = 2 * 1024 * 1024;

/** @param start - where the first byte goes */
export function createWriteAhead(session: Session, handle: Handle, start: number): WriteAhead {
  const underWay: { readonly done: Promise<void>; readonly size: number }[] = [];
  let position = start;
  let written = start;
  let flying = 0;
  let failure: { readonly error: unknown } | undefined;

  const send = (piece: Uint8Array) => {
    const done = session.write(handle, piece, position).then(
      () => {
        if (failure === undefined) written += piece.length;
      },
      (error: unknown) => {
        failure ??= { error };
      },
    );
    underWay.push({ done, size: piece.length });
    position += piece.length;
    flying += piece.length;
  };
  /** The oldest: answers come in order, mostly. */
  const awaitOne = async () => {
    const oldest = underWay.shift();
    if (oldest === undefined) return;
    await oldest.done;
    flying -= oldest.size;
  };

  return {
    get written() {
      return written;
    },
    async write(chunk) {
      for (let sent = 0; sent < chunk.length; sent += session.pieceSize) {
        const piece = chunk.subarray(sent, sent + session.pieceSize);
        while (flying > 0 && flying + piece.length > WINDOW) await awaitOne();
        if (failure !== undefined) throw failure.error;
        send(piece);
      }
    },
    async settle() {
      while (underWay.length > 0) await awaitOne();
      if (failure !== undefined) throw failure.error;
    },
  };
}
