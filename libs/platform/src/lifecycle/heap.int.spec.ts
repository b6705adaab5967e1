import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Lives with 30 MB and makes 600 MB of garbage that outlives a few young collections, as rows of an import do. */
const program = (isTight: boolean): string => `
  const { keepHeapTight } = require(${JSON.stringify(resolve('dist/libs/platform/src/lifecycle/heap.js'))});
  const live = Array.from({ length: 300_000 }, (_, n) => ({ n, text: 'x' + n }));
  if (${isTight}) keepHeapTight();
  let most = 0;
  let rows = [];
  for (let n = 0; n < 3_000_000; n++) {
    rows.push({ n, cells: [n] });
    if (rows.length === 100_000) {
      rows = [];
      most = Math.max(most, process.memoryUsage().heapUsed);
    }
  }
  console.log(most / 2 ** 20, live.length);`;

const mostMegabytes = (isTight: boolean): number =>
  Number.parseFloat(execFileSync(process.execPath, ['-e', program(isTight)], { encoding: 'utf8' }));

describe('a tight heap', () => {
  it('takes much less than one that V8 lets grow as it likes', () => {
    expect(mostMegabytes(true)).toBeLessThan(0.75 * mostMegabytes(false));
  });
});
