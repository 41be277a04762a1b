export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

/** One metric in Prometheus' text form. Nothing without samples. */
export function metricLines(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly Sample[],
): string {
  if (samples.length === 0) return '';
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => sampleLine(name, labels, value)),
    '',
  ].join('\n');
}

/** What one set of labels has in a histogram. */
export interface HistogramSample {
  readonly labels: Labels;
  /** How many there were up to the bound of the same index; not cumulative, and one more than there are bounds. */
  readonly buckets: readonly number[];
  readonly sum: number;
}

export function histogramLines(
  name: string,
  help: string,
  bounds: readonly number[],
  samples: readonly HistogramSample[],
): string {
  if (samples.length === 0) return '';
  const lines = samples.flatMap(({ labels, buckets, sum }) => {
    let count = 0;
    const cumulative = buckets.map((each, index) => {
      count += each;
      const le = bounds[index] === undefined ? '+Inf' : String(bounds[index]);
      return sampleLine(`${name}_bucket`, { ...labels, le }, count);
    });
    return [
      ...cumulative,
      sampleLine(`${name}_sum`, labels, sum),
      sampleLine(`${name}_count`, labels, count),
    ];
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ''].join('\n');
}

function sampleLine(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${String(value)}`;
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
