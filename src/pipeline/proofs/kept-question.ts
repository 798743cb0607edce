/**
 * What a proof answers, from the question that was kept with it: today's catalogue may ask otherwise, or not at all. An
 * answer is held to it by the same code that holds one to the catalogue.
 */
import type { ZodType } from 'zod';
import type { EvidenceEntry, Question } from '../../formats/own/evidence.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import { check, show, type Problem } from '../../formats/text/problems.ts';
import type { Platform } from '../../model/artifact.ts';
import { VerificationError } from '../../model/errors.ts';
import { sourceKinds } from '../../sources/registry.ts';
import type { Expectation, Known, SourceKind, Wanted } from '../../sources/source.ts';
import { methods } from '../../verify/registry.ts';
import { entryFaults, evidenceFaults, notAllowed } from '../shared/entry-faults.ts';
import type { Placed } from '../shared/slots.ts';

export interface KeptQuestion extends Placed {
  readonly providers?: readonly string[];
  readonly platform: Platform;
  /** As its method's schema has read it. */
  readonly verification: { readonly method: string };
  /** To ask it again. */
  readonly sourceKind: SourceKind<never, never>;
  readonly source: never;
  readonly wanted: Wanted<never>;
  /** What follows from it for an entry that is known. Throws as `SourceKind.expect` does. */
  expect(known: Known): Expectation;
}

/** Throws VerificationError `EVIDENCE_MALFORMED` for what is no question of this version's. */
export function readQuestion(question: Question): KeptQuestion {
  const { name, type, os, arch, kind, providers } = question;
  const platform = { os, arch };
  const sourceKind = Object.hasOwn(sourceKinds, question.source.type)
    ? sourceKinds[question.source.type]
    : undefined;
  if (sourceKind === undefined) throw malformed('source.type', `knows no ${show(question.source.type)}`);
  const method = methods.find((one) => one.method === question.verification.method);
  if (method === undefined) {
    throw malformed('verification.method', `knows no ${show(question.verification.method)}`);
  }
  if (!sourceKind.methods.includes(method.method) || !sourceKind.artifactTypes.includes(type)) {
    throw malformed('verification.method', `a ${type} by ${method.method} does not come from such a source`);
  }
  const problems: Problem[] = [];
  // A kind is generic in what its own schemas give.
  const read = (schema: ZodType, field: 'source' | 'entry' | 'verification') =>
    check(schema, question[field], [field], problems) as never;
  const source = read(sourceKind.sourceSchema, 'source');
  const entry = read(sourceKind.entrySchema, 'entry');
  const verification: KeptQuestion['verification'] = read(method.schema, 'verification');
  const [problem] = problems;
  if (problem !== undefined) throw malformed(problem.path.join('.'), problem.message);
  const wanted = { name, type, platform, kind, entry };
  const image = type === 'oci-image' ? sourceKind.image?.(source, entry) : undefined;
  return {
    ...{ name, type, platform, verification, sourceKind, source, wanted },
    ...(providers === undefined ? {} : { providers }),
    ...(image === undefined ? {} : { image }),
    expect: (known) => sourceKind.expect(source, wanted, known),
  };
}

/** Do entry, evidence and question tell of the same artifact? What differs, before anything is judged. */
export function differences(
  entry: ManifestEntry,
  evidence: EvidenceEntry,
  question: KeptQuestion,
  expectation: Expectation,
): readonly string[] {
  return [
    ...entryFaults(entry, question, question.platform, expectation),
    ...(expectation.isAllowed ? [] : [notAllowed(evidence.version)]),
    ...evidenceFaults(entry, evidence, expectation),
  ];
}

function malformed(path: string, why: string): VerificationError {
  return new VerificationError(
    'EVIDENCE_MALFORMED',
    `its question is none that this version asks: ${path}: ${why}`,
    {
      hint: 'Restore the evidence from version control. Or resolve the entry anew: update-manifests.',
      context: { field: path },
    },
  );
}
