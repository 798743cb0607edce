/**
 * `make differential`: mutants of what is signed, packed and numbered, judged by assay and by the programs that people
 * trust, where they are installed; and what is not compared, by name. By a seed that is printed (`SEED=` again).
 *
 * Whoever verifies may be stricter than another. What assay accepts and the other refuses, or reads otherwise, is a
 * disagreement and fails; what the other alone accepts is counted (docs/differences.md).
 */
import { parseArgs } from 'node:util';
import { Random } from '../fuzz/random.ts';
import { repositoriesByApt, repositoriesByDebian13 } from './apt.ts';
import { methodsByCosign } from './cosign.ts';
import { debianPackages, debianVersions } from './dpkg.ts';
import { cleartextByGpgv, detachedByGpgv, detachedBySqv } from './openpgp.ts';
import { minisignatures } from './minisign.ts';
import { repositoriesByPythonTuf, repositoriesByTufJs } from './tuf.ts';
import type { Comparison, Verdicts } from './comparison.ts';

const comparisons: readonly Comparison[] = [
  ...[debianVersions, debianPackages, cleartextByGpgv, detachedByGpgv, detachedBySqv, minisignatures],
  ...[repositoriesByApt, repositoriesByDebian13],
  methodsByCosign,
  ...[repositoriesByTufJs, repositoriesByPythonTuf],
];

const { values } = parseArgs({
  options: { only: { type: 'string' }, count: { type: 'string', default: '1000' } },
});
const given = process.env['SEED'] ?? '';
const seed = given === '' ? Math.floor(Math.random() * 2 ** 31) : Number(given);
console.log(`differential: SEED=${String(seed)}, ${values.count} of each`);

const { only = '' } = values;
const named = comparisons.filter(({ name }) => name.includes(only));
if (named.length === 0) throw new Error(`there is no comparison ${only}`);
for (const { name, program, compare } of named) {
  const version = program();
  if (version === undefined) {
    console.log(`${name}: SKIPPED, nothing was compared: it is not installed`);
    continue;
  }
  const verdicts = await compare(new Random(seed, name), Number(values.count));
  console.log(`${name} (${version}): ${told(verdicts)}`);
  for (const one of verdicts.disagreements.slice(0, 5)) console.log(`  DISAGREES: ${one}`);
  if (verdicts.disagreements.length > 0) process.exitCode = 1;
}

function told({ alike, onlyTheirs, onlyOurs, disagreements, accepted }: Verdicts): string {
  const counts = `${String(alike)} alike (${String(accepted)} accepted), ${String(onlyTheirs)} accepted by it alone, ${String(onlyOurs)} here alone`;
  return `${counts}, ${String(disagreements.length)} disagreements`;
}
