import Mocha from 'mocha';

const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } =
  Mocha.Runner.constants;

/** Prints a line a suite while it runs, failures in full at the end, and the count as the last line. */
export default class Reporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    let passed = 0;
    let skipped = 0;
    const failures: { title: string; error: Error }[] = [];
    runner.on(EVENT_SUITE_BEGIN, (suite) => {
      if (suite.parent?.root) console.log(suite.title);
    });
    runner.on(EVENT_TEST_PASS, (test) => {
      passed += 1;
      if (test.duration !== undefined && test.duration > 2000)
        console.log(`  slow: ${test.title} (${test.duration} ms)`);
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      skipped += 1;
      console.log(`  skipped: ${test.fullTitle()}`);
    });
    runner.on(EVENT_TEST_FAIL, (test, error: Error) => {
      failures.push({ title: test.fullTitle(), error });
      console.log(`  FAILED: ${test.fullTitle()}`);
    });
    runner.once(EVENT_RUN_END, () => {
      for (const { title, error } of failures) {
        console.log(`\n${title}\n${error.stack ?? String(error)}`);
        const { actual, expected } = error as { actual?: unknown; expected?: unknown };
        if (actual !== undefined)
          console.log(`actual: ${JSON.stringify(actual)}\nexpected: ${JSON.stringify(expected)}`);
      }
      console.log(`\n${passed} passed, ${failures.length} failed, ${skipped} skipped`);
    });
  }
}
