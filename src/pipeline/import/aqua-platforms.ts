/** What aqua verifies for each architecture, as one verification for all of them. */
import { assetMark, unify, type Names, type Tagged } from '../shared/release-names.ts';
import { checksOf } from './aqua-proofs.ts';
import type { Checked, Proof, Released } from './aqua-released.ts';

export const architectures = ['amd64', 'arm64'] as const;

export function namesOf(released: readonly Released[], nameIn: (one: Released) => string): Names {
  return new Map(released.map((one) => [one.arch, nameIn(one)]));
}

const ranks: Readonly<Record<Proof['strength'], number>> = { attested: 0, signed: 1, checksum: 2 };

/** Those that aqua makes for each architecture, the strongest first, and what of them is lost. */
export function proofsOf(
  released: readonly Released[],
  tagged: Tagged,
): { readonly proofs: readonly Proof[]; readonly lost: readonly string[] } {
  const checks = released.map((one) => checksOf(one));
  const lost = new Set<string>();
  const proofs: Proof[] = [];
  for (const [index, check] of (checks[0] ?? []).entries()) {
    const all = checks.map((one) => one[index]);
    const missing = all.find(
      (one): one is Extract<Checked, { lost: string }> => one !== undefined && 'lost' in one,
    );
    if (missing !== undefined) lost.add(missing.lost);
    else if (all.some((one) => one === undefined)) lost.add('each architecture is verified in another way');
    else if ('verification' in check) {
      const whole = all.filter((one) => one !== undefined && 'verification' in one) as readonly Proof[];
      const merged = mergeVerifications(whole, released, tagged, lost);
      if (merged !== undefined) proofs.push({ ...check, verification: merged });
    }
  }
  return { proofs: proofs.toSorted((a, b) => ranks[a.strength] - ranks[b.strength]), lost: [...lost] };
}

function mergeVerifications(
  all: readonly Proof[],
  released: readonly Released[],
  tagged: Tagged,
  lost: Set<string>,
): Readonly<Record<string, unknown>> | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  const fields: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(first.verification)) {
    const values = all.map(({ verification }) => verification[field]);
    if (typeof value !== 'string' || field === 'method' || field === 'reason') {
      fields[field] = value;
      continue;
    }
    const names = new Map(released.map(({ arch }, index) => [arch, String(values[index])]));
    const asset = new Map(released.map(({ arch, asset: one }) => [arch, one]));
    // `{asset}` where the name is the file's with something behind it.
    const unified = unify(relativeTo(names, asset), tagged);
    const isName = ['checksums', 'signature', 'certificate', 'bundle'].includes(field);
    if (typeof unified !== 'string' && !(isName && names.size === architectures.length)) {
      lost.add(`${field} is another one for each architecture`);
      return undefined;
    }
    fields[field] = unified;
  }
  return fields;
}

function relativeTo(names: Names, assets: Names): Names {
  const isRelative = [...names].every(([arch, name]) => name.startsWith(assets.get(arch) ?? '\n'));
  if (!isRelative || new Set(names.values()).size === 1) return names;
  return new Map(
    [...names].map(([arch, name]) => [arch, `${assetMark}${name.slice((assets.get(arch) ?? '').length)}`]),
  );
}
