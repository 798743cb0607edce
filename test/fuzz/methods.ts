/**
 * Every method of the catalogue over mutated documents: theirs, mixed with genuine ones about another file and with a
 * stranger's about other bytes. What is accepted has to say what one genuine set of documents says, to the letter.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Artifact } from '../../src/model/artifact.ts';
import { isSigned, type Verified } from '../../src/model/verification.ts';
import { methods } from '../../src/verify/registry.ts';
import { judge, readMaterial, trustOf, type Case, type Documents, type Material } from './material.ts';
import { BrokenPromise, type Input, type Target } from './target.ts';

/** Methods that nothing is kept of: `make-material.ts` is to make it. */
export function methodsWithoutTarget({ cases } = readMaterial()): readonly string[] {
  const known = new Set(cases.map(({ method }) => method));
  return methods.map(({ method }) => method).filter((name) => !known.has(name));
}

export function methodTargets(material = readMaterial()): readonly Target[] {
  return material.cases.map((one) => methodTarget(one, material));
}

/** What a judgement says, without the documents that it went through. */
function saidBy({ subject, result }: Verified<Artifact>) {
  const { assurance, method, signers, digest, isDigestOnly } = result;
  return { subject: { ...subject }, assurance, method, signers, digest, isDigestOnly };
}

function methodTarget(one: Case, material: Material): Target {
  const trust = trustOf(material);
  const roles = [...new Set([one.genuine, one.other, one.stranger].flatMap((set) => Object.keys(set)))];
  const inputOf = (documents: Documents): Input => roles.map((role) => documents[role]);
  const ask = (documents: Documents) => judge(one, documents, trust, material.now);
  let allowed: Promise<readonly unknown[]> | undefined;
  return {
    name: `method ${one.name}`,
    seeds: () => [one.genuine, one.other, one.stranger].map(inputOf),
    batch: 25,
    async run(input) {
      allowed ??= mayBeSaid(one, ask);
      const documents = Object.fromEntries(roles.map((role, index) => [role, input[index]]));
      const said = saidBy(await ask(documents));
      if (!isSigned(said.assurance)) requireWritten(said.digest, documents, one);
      else if (!(await allowed).some((known) => isDeepStrictEqual(known, said))) {
        throw new BrokenPromise(`it accepts what nobody signed: ${JSON.stringify(said)}`);
      }
    },
  };
}

/** Where a digest alone is signed, and no name or no tag, another genuine file may be served: that is told of it. */
async function mayBeSaid(
  { genuine, other }: Case,
  ask: (documents: Documents) => Promise<Verified<Artifact>>,
) {
  const said = saidBy(await ask(genuine));
  const otherwise = await ask(other).then(saidBy, () => undefined);
  const isUnnamed = otherwise?.isDigestOnly === true || otherwise?.subject.type === 'oci-image';
  return isUnnamed ? [said, otherwise] : [said];
}

/** Where nobody signs, whoever serves the documents decides; but not what they do not say. */
function requireWritten(digest: string, documents: Documents, { spec }: Case): void {
  const [, hex = ''] = digest.split(':');
  const texts = [
    JSON.stringify(spec),
    ...Object.values(documents).map((bytes) => Buffer.from(bytes ?? []).toString()),
  ];
  if (texts.some((text) => text.toLowerCase().includes(hex))) return;
  throw new BrokenPromise(`it accepts ${digest}, which nothing says`);
}
