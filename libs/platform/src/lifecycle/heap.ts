import { setFlagsFromString } from 'node:v8';

/**
 * Garbage is collected when the heap is half as large again as what lives in it. Of a small heap V8 lets four times as much
 * come together: some 200 MB where an import keeps 15. Costs a few percent of processor time where much garbage is made.
 */
export const keepHeapTight = (): void => setFlagsFromString('--heap-growing-percent=50');
