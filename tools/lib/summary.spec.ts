interface TestFile {
  project: string;
  file: string;
  milliseconds: number;
  broken: boolean;
  tests: { suite: string; title: string; status: string }[];
}
interface Summary {
  lines: string[];
  passed: number;
  failed: number;
  skipped: number;
}

const { summarize } = jest.requireActual<{
  summarize: (run: { files: TestFile[]; pattern: string }, missing?: string[]) => Summary;
}>('./summary.mjs');

describe('the summary of a test run', () => {
  it('has a line for each project and ends with the counts, alone', () => {
    const { lines } = summarize({
      pattern: '',
      files: [
        file({ project: 'unit', milliseconds: 1500 }, 'passed', 'passed', 'failed'),
        file({ project: 'e2e', milliseconds: 250 }, 'passed'),
        file({ project: 'unit', milliseconds: 500 }, 'passed'),
      ],
    });
    expect(lines).toEqual([
      '',
      'e2e            1 passed, 0 failed, 0 skipped, 0.3 s',
      'unit           3 passed, 1 failed, 0 skipped, 2.0 s',
      '',
      'Tests: 4 passed, 1 failed, 0 skipped',
    ]);
  });

  it('counts a file that does not load as one failure', () => {
    expect(summarize({ pattern: '', files: [file({ broken: true })] })).toMatchObject({
      passed: 0,
      failed: 1,
      skipped: 0,
    });
  });

  it('names each test that did not run under its file and suite, after what was missing', () => {
    const { lines } = summarize({ pattern: '', files: [file({ file: 'a.spec.ts' }, 'passed', 'pending', 'todo')] }, [
      'MongoDB: TEST_MONGODB_URL is not set',
    ]);
    expect(lines.slice(2)).toEqual([
      '',
      'Not run:',
      '  MongoDB: TEST_MONGODB_URL is not set',
      '  a.spec.ts: the queue',
      '    - case 1',
      '    - case 2 (to be written)',
      '',
      'Tests: 1 passed, 0 failed, 2 skipped',
    ]);
  });

  it('does not list what a name pattern left out', () => {
    const { lines } = summarize({ pattern: 'queue', files: [file({}, 'passed', 'pending', 'pending')] });
    expect(lines).toContain('  2 tests that do not match /queue/');
    expect(lines.join('\n')).not.toContain('case 1');
  });
});

function file(about: Partial<TestFile>, ...statuses: string[]): TestFile {
  const tests = statuses.map((status, index) => ({ suite: 'the queue', title: `case ${index}`, status }));
  return { project: 'unit', file: 'x.spec.ts', milliseconds: 0, broken: false, tests, ...about };
}
