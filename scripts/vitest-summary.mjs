// A vitest reporter that leaves the numbers, and the reason of every skip, in the file $OUTRIGGER_TEST_SUMMARY.
import { writeFileSync } from 'node:fs';

export default class SummaryReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const summary = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const testModule of testModules) {
      summary.failed += suitesThatFailed(testModule);
      for (const test of testModule.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') summary.passed++;
        else if (result.state === 'skipped')
          summary.skipped.push({ name: nameOf(test), reason: reasonOf(test, result) });
        else summary.failed++;
      }
    }
    writeFileSync(process.env.OUTRIGGER_TEST_SUMMARY, JSON.stringify(summary));
  }
}

/** Errors outside any test: a module that does not load, a hook that throws. */
function suitesThatFailed(testModule) {
  return [testModule, ...testModule.children.allSuites()].filter((suite) => suite.errors().length > 0).length;
}

function nameOf(test) {
  return `${test.module.relativeModuleId}: ${test.fullName}`;
}

function reasonOf(test, result) {
  return result.note ?? (test.options.mode === 'todo' ? 'todo' : 'no reason given');
}
