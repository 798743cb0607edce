/**
 * `make conformance`: the suites of Sigstore's and of TUF's clients, of the checkouts that CONFORMANCE and TUF_CONFORMANCE
 * name. Each verdict that is another than the suite's has a reason; another one fails, and so does one of these that
 * is as wanted now.
 */
import { resolve } from 'node:path';
import { sigstoreVerdicts } from './conformance/sigstore.ts';
import { tally, type Reasons, type Verdict } from './conformance/tally.ts';
import { tufReasons } from './conformance/tuf-reasons.ts';
import { missingForTuf, tufVerdicts } from './conformance/tuf.ts';

interface Suite {
  readonly name: string;
  readonly variable: string;
  readonly verdicts: (checkout: string) => AsyncIterable<Verdict>;
  readonly reasons: Reasons;
  /** What is needed and not there. */
  readonly missing: () => string | undefined;
}

const suites: readonly Suite[] = [
  {
    ...{ name: 'sigstore-conformance', variable: 'CONFORMANCE', verdicts: sigstoreVerdicts },
    ...{ reasons: {}, missing: () => undefined },
  },
  {
    ...{ name: 'tuf-conformance', variable: 'TUF_CONFORMANCE', verdicts: tufVerdicts },
    ...{ reasons: tufReasons, missing: missingForTuf },
  },
];

for (const { name, variable, verdicts, reasons, missing } of suites) {
  const checkout = process.env[variable] ?? '';
  if (checkout === '') {
    console.log(`conformance, ${name}: SKIPPED, nothing was tested: ${variable} names no checkout`);
    continue;
  }
  const needed = missing();
  if (needed !== undefined) {
    // Who names a checkout wants it tested.
    console.log(`conformance, ${name}: FAILED, nothing was tested: there is no ${needed}`);
    process.exitCode = 1;
  } else if ((await tally(name, verdicts(resolve(checkout)), reasons)) > 0) process.exitCode = 1;
}
