// `npm test [-- arguments for Jest]`: installs and builds what is missing, finds out what the tests can use, runs them
// and says what ran, what did not, and why. Ends with 0 only when something ran and nothing failed.
const { complaintAboutNode } = await import('./lib/node-version.mjs');

const complaint = complaintAboutNode(process.version);
if (complaint) {
  console.error(complaint);
  process.exit(1);
}

const { followNpm } = await import('./lib/follow-npm.mjs');
const { giveUp } = await import('./lib/report.mjs');
const { runTests } = await import('./lib/test-run.mjs');
const { prepare } = await import('./lib/workspace.mjs');

followNpm();
await prepare().catch(giveUp);
process.exit(await runTests(process.argv.slice(2)).catch(giveUp));
