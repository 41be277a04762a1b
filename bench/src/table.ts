/** Rows of text in columns, the first one to the left, the others to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const format = (line: readonly string[]) =>
    widths
      .map((width, column) =>
        column === 0 ? (line[0] ?? '').padEnd(width) : (line[column] ?? '').padStart(width),
      )
      .join('  ');
  return lines.map(format).join('\n');
}

export function round(value: number, digits = 0): string {
  return Number.isNaN(value) ? '-' : value.toFixed(digits);
}
