/** What a suite wants of a client, beside what assay does: each difference needs a reason, and each reason a difference. */

export interface Verdict {
  /** `happy-path (digest)`, `test_root_rotation[1-of-1]`. */
  readonly name: string;
  readonly isAsWanted: boolean;
  /** For people: what was wanted, and what came of it. */
  readonly said: string;
}

/** By the case's name, or by that without what stands in brackets behind it: why assay does otherwise. */
export type Reasons = Readonly<Record<string, string>>;

/** Prints each difference, and returns how many have no reason; 1 where nothing was judged. */
export async function tally(
  suite: string,
  verdicts: AsyncIterable<Verdict>,
  reasons: Reasons,
  print: (line: string) => void = console.log,
): Promise<number> {
  let [right, known, wrong] = [0, 0, 0];
  const left = new Set(Object.keys(reasons));
  for await (const { name, isAsWanted, said } of verdicts) {
    const key = [name, name.replace(/ ?[([].*$/, '')].find((one) => Object.hasOwn(reasons, one));
    if (key !== undefined) left.delete(key);
    if (isAsWanted && key === undefined) right += 1;
    else if (!isAsWanted && key !== undefined) {
      known += 1;
      print(`other ${name}: ${reasons[key] ?? ''}`);
    } else {
      wrong += 1;
      print(`WRONG ${name}: ${isAsWanted ? 'as wanted, and listed as another verdict' : said}`);
    }
  }
  for (const name of left) print(`WRONG ${name}: listed as another verdict, and not there`);
  wrong += left.size;
  const counts = `${String(right)} as wanted, ${String(known)} for a reason not, ${String(wrong)} wrong`;
  print(`conformance, ${suite}: ${counts}`);
  return right === 0 ? Math.max(wrong, 1) : wrong;
}
