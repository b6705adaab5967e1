import { seconds } from './report.mjs';

/**
 * The end of a test run in plain lines: one for each project, one for each thing that did not run with its reason, and
 * the counts as the last. `missing` are reasons that have no test of their own, such as a service that is not there.
 */
export function summarize({ files, pattern }, missing = []) {
  const total = countOf(files);
  const notRun = [...missing, ...skippedLines(files, pattern)];
  const lines = [
    '',
    ...projectsOf(files).map(([name, own]) => projectLine(name, own)),
    ...(notRun.length > 0 ? ['', 'Not run:', ...notRun.map((line) => `  ${line}`)] : []),
    '',
    `Tests: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
  ];
  return { lines, ...total };
}

/** A file that could not be loaded counts as one failed test. */
function countOf(files) {
  const statuses = files.flatMap(({ tests, broken }) => [
    ...tests.map(({ status }) => status),
    ...(broken ? ['failed'] : []),
  ]);
  const passed = statuses.filter((status) => status === 'passed').length;
  const failed = statuses.filter((status) => status === 'failed').length;
  return { passed, failed, skipped: statuses.length - passed - failed };
}

function projectsOf(files) {
  const projects = new Map();
  for (const file of files) projects.set(file.project, [...(projects.get(file.project) ?? []), file]);
  return [...projects].sort(([a], [b]) => a.localeCompare(b));
}

function projectLine(name, files) {
  const { passed, failed, skipped } = countOf(files);
  const spent = files.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return `${name.padEnd(14)} ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds(spent)}`;
}

/** With a name pattern everything else is left out on purpose: one line for all of it. */
function skippedLines(files, pattern) {
  const skipped = files.flatMap(({ file, tests }) => tests.filter(isSkipped).map((test) => ({ ...test, file })));
  if (pattern !== '') return skipped.length > 0 ? [`${skipped.length} tests that do not match /${pattern}/`] : [];
  const groups = new Map();
  for (const test of skipped) {
    const group = [test.file, test.suite].filter(Boolean).join(': ');
    groups.set(group, [...(groups.get(group) ?? []), test]);
  }
  return [...groups].flatMap(([group, tests]) => [
    group,
    ...tests.map(({ title, status }) => `  - ${title}${status === 'todo' ? ' (to be written)' : ''}`),
  ]);
}

function isSkipped({ status }) {
  return status !== 'passed' && status !== 'failed';
}
