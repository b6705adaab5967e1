import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** A Jest reporter that writes what `summary.mjs` needs, project by project, to the file in HOLDFAST_TEST_REPORT. */
export default class SummaryReporter {
  constructor(globalConfig) {
    this.globalConfig = globalConfig;
    this.files = [];
  }

  onTestResult(test, result) {
    this.files.push({
      project: test.context.config.displayName?.name ?? 'tests',
      file: relative(this.globalConfig.rootDir, result.testFilePath),
      milliseconds: result.perfStats.end - result.perfStats.start,
      // A file that does not even load has no tests to fail.
      broken: result.testExecError !== undefined && result.testExecError !== null,
      tests: result.testResults.map(({ ancestorTitles, title, status }) => ({
        suite: ancestorTitles.join(' › '),
        title,
        status,
      })),
    });
  }

  onRunComplete() {
    const file = process.env.HOLDFAST_TEST_REPORT;
    if (file)
      writeFileSync(file, JSON.stringify({ files: this.files, pattern: this.globalConfig.testNamePattern ?? '' }));
  }
}
