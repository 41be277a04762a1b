// A vitest reporter that leaves the numbers, and what every failure and skip was about, in the file $OUTRIGGER_TEST_SUMMARY.
import { writeFileSync } from 'node:fs';

export default class SummaryReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const summary = { passed: 0, failed: unhandledErrors.map(failureOf('unhandled error')), skipped: [] };
    for (const testModule of testModules) {
      for (const suite of [testModule, ...testModule.children.allSuites()])
        summary.failed.push(
          ...suite
            .errors()
            .slice(0, 1)
            .map(failureOf(nameOfSuite(testModule, suite))),
        );
      for (const test of testModule.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') summary.passed++;
        else if (result.state === 'skipped')
          summary.skipped.push({ name: nameOf(test), reason: reasonOf(test, result) });
        else summary.failed.push(failureOf(nameOf(test))(result.errors?.[0]));
      }
    }
    writeFileSync(process.env.OUTRIGGER_TEST_SUMMARY, JSON.stringify(summary));
  }
}

function nameOf(test) {
  return `${test.module.relativeModuleId}: ${test.fullName}`;
}

/** Errors outside any test: a module that does not load, a hook that throws. */
function nameOfSuite(testModule, suite) {
  return suite === testModule ? testModule.relativeModuleId : nameOf(suite);
}

function failureOf(name) {
  return (error) => ({ name, reason: describe(error) });
}

/** What is read first when a run has failed of which only the end was kept. */
function describe(error) {
  if (error === undefined) return 'no error given';
  const place = error.stacks?.[0];
  const at = place === undefined ? '' : ` at ${place.file}:${place.line}`;
  return `${error.name ?? 'Error'}: ${String(error.message).slice(0, 500)}${at}`;
}

function reasonOf(test, result) {
  return result.note ?? (test.options.mode === 'todo' ? 'todo' : 'no reason given');
}
