export interface Bar {
  draw(what: string, done: number, total: number | undefined): void;
  clear(): void;
}

const WIDTH = 30;
const REDRAW_MS = 100;

/** One line on stderr, drawn over itself. */
export function createBar(isShown: boolean): Bar {
  let drawnAt = -Infinity;
  let isDrawn = false;
  return {
    draw(what, done, total) {
      if (!isShown || performance.now() - drawnAt < REDRAW_MS) return;
      drawnAt = performance.now();
      isDrawn = true;
      const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
      const filled = Math.round((share ?? 0) * WIDTH);
      const line = share === undefined ? '' : ` [${'#'.repeat(filled).padEnd(WIDTH)}]`;
      const of = total === undefined ? '' : `/${String(total)}`;
      process.stderr.write(`\r\x1b[K${what}${line} ${String(done)}${of}`);
    },
    clear() {
      if (!isDrawn) return;
      isDrawn = false;
      process.stderr.write('\r\x1b[K');
    },
  };
}
