// Reads the JUnit reports of the conformance programs, and makes the text that is shown in the end.

/** Takes the text of a report; answers {passed, failed: [{name, reason}], skipped: [{name, reason}]}. */
export function parseJunit(text) {
  const cases = [...text.matchAll(/<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)].map(
    ([, attributes, body = '']) => ({
      name: decode(/(?:^| )name="([^"]*)"/.exec(attributes)?.[1] ?? ''),
      status: /(?:^| )status="([^"]*)"/.exec(attributes)?.[1] ?? '',
      body,
    }),
  );
  // The steps of a suite itself, which are no cases, have no name of their own.
  const counted = cases.filter(({ name }) => !/^\[(?:Report|Before|After|Sync)/.test(name));
  const isSkipped = ({ status }) => ['skipped', 'disabled', 'pending'].includes(status);
  return {
    passed: counted.filter(({ status }) => status === 'passed').length,
    failed: counted.filter((each) => each.status !== 'passed' && !isSkipped(each)).map(describe),
    skipped: counted.filter(isSkipped).map(describe),
  };
}

/** v1.1.1 gives one reason for every skip, which says nothing. */
const REASONS = [
  [
    /Get tag name from environment$/,
    'only for a registry that cannot be pushed to: the tag is one that the program has pushed',
  ],
  [/Populate registry with test tags \(no push\)$/, 'only for a registry that cannot be pushed to'],
  [
    /nonexistent blob should yield session id$/,
    'the other outcome of a mount, which the specification allows: this one gave 201',
  ],
  [
    /automatic content discovery disabled should return a 202$/,
    'the opposite of the case before it: a mount without `from` is MAY',
  ],
];

/** One line for each run, then what failed and what was skipped, each name once for all runs in which it was. */
export function formatResults(results) {
  const rows = results.map(({ suite, target, passed, failed, skipped, error }) =>
    error === undefined
      ? [suite, target, passed, failed.length, skipped.length]
      : [suite, target, 'did not run', '', ''],
  );
  const table = [
    ['program', 'registry', 'passed', 'failed', 'skipped'],
    ['---', '---', '--:', '--:', '--:'],
    ...rows,
  ];
  return [
    ...table.map((row) => `| ${row.join(' | ')} |`),
    '',
    ...formatCases('failed', results),
    ...formatCases('skipped', results),
  ].join('\n');
}

function formatCases(kind, results) {
  const runs = new Map();
  for (const result of results) {
    for (const { name, reason } of result[kind]) {
      const line = `${kind}: ${result.suite}: ${name} (${reason})`;
      runs.set(line, [...(runs.get(line) ?? []), result.target]);
    }
  }
  const all = new Set(results.map(({ target }) => target)).size;
  return [...runs].map(([line, targets]) =>
    targets.length === all ? line : `${line} [${targets.join('; ')}]`,
  );
}

function describe({ name, body }) {
  const message = /<(?:skipped|failure)[^>]* message="([^"]*)"/.exec(body)?.[1];
  const said = message ?? /skipping test:&#xA;\s*(.*?)(?:&#xA;|<)/s.exec(body)?.[1];
  const known = REASONS.find(([pattern]) => /<skipped/.test(body) && pattern.test(name))?.[1];
  const output = /<system-out>(.*?)<\/system-out>/s.exec(body)?.[1];
  return {
    name,
    reason:
      decode(known ?? said ?? output ?? '')
        .trim()
        .replaceAll(/\s+/g, ' ')
        .slice(0, 300) || 'no reason given',
  };
}

function decode(text) {
  return text
    .replaceAll(/&#x([0-9A-Fa-f]+);/g, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll(/&#([0-9]+);/g, (_, number) => String.fromCodePoint(Number(number)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
