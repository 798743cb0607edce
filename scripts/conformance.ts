/**
 * `make conformance`: the cases of sigstore-conformance, of the checkout that CONFORMANCE names. Each verdict that
 * is another than the suite's has a reason in `expected`; another one fails, and so does one of these that is as wanted now.
 */
import { resolve } from 'node:path';
import { sigstoreVerdicts, type Verdict } from './conformance/sigstore.ts';

/** By the case's name, without how it was asked for: why assay's verdict is another. */
const expected: Readonly<Record<string, string>> = {};

const checkout = process.env['CONFORMANCE'] ?? '';
if (checkout === '') {
  console.log(
    'conformance: SKIPPED, nothing was tested: CONFORMANCE names no checkout of sigstore-conformance',
  );
} else {
  let [right, known, wrong] = [0, 0, 0];
  const left = new Set(Object.keys(expected));
  for await (const verdict of sigstoreVerdicts(resolve(checkout))) {
    const name = verdict.name.replace(/ \(.*\)$/, '');
    if (isAsWanted(verdict)) {
      right += 1;
      continue;
    }
    const reason = expected[name];
    left.delete(name);
    if (reason === undefined) {
      wrong += 1;
      const wanted = verdict.isWanted ? 'accepted' : 'refused with exit code 5 or 2';
      console.log(
        `WRONG ${verdict.name}: to be ${wanted}, ends with ${String(verdict.exitCode)}\n${verdict.said}`,
      );
    } else {
      known += 1;
      console.log(`other ${verdict.name}: ${reason}`);
    }
  }
  for (const name of left) {
    wrong += 1;
    console.log(`WRONG ${name}: as wanted, or not there, and listed as another verdict`);
  }
  console.log(
    `conformance: ${String(right)} as wanted, ${String(known)} for a reason not, ${String(wrong)} wrong`,
  );
  if (wrong > 0 || right === 0) process.exitCode = 1;
}

/** To be refused is no bug (1) and no failure of the network. */
function isAsWanted({ isWanted, exitCode }: Verdict): boolean {
  return isWanted ? exitCode === 0 : exitCode === 5 || exitCode === 2;
}
