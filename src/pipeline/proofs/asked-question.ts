/** The question of a kept proof, read back by the schemas that read it out of the catalogue: what it asks can be asked again. */
import type { z } from 'zod';
import type { Question } from '../../formats/own/evidence.ts';
import { check, formatPath, type Problem } from '../../formats/text/problems.ts';
import { VerificationError } from '../../model/errors.ts';
import { sourceKinds } from '../../sources/registry.ts';
import type { SourceKind, Wanted } from '../../sources/source.ts';
import { methods } from '../../verify/registry.ts';

export interface AskedQuestion {
  readonly kind: SourceKind<never, never>;
  readonly source: never;
  readonly wanted: Wanted<never>;
  readonly verification: { readonly method: string };
}

/** Throws VerificationError `EVIDENCE_MALFORMED` for what no catalogue can have asked. */
export function readQuestion(question: Question): AskedQuestion {
  const { name, type, os, arch, source, entry, verification } = question;
  const kind = Object.hasOwn(sourceKinds, source.type) ? sourceKinds[source.type] : undefined;
  const method = methods.find((one) => one.method === verification.method);
  if (kind === undefined || method === undefined || !kind.methods.includes(method.method)) {
    throw malformed(`asks a source of the type ${source.type} for the method ${verification.method}`);
  }
  if (!kind.artifactTypes.includes(type))
    throw malformed(`asks a source of the type ${source.type} for a ${type}`);
  const problems: Problem[] = [];
  const read = (schema: z.ZodType, value: unknown, at: string): unknown =>
    check(schema, value, [at], problems);
  const asked = {
    source: read(kind.sourceSchema, source, 'source') as never,
    entry: read(kind.entrySchema, entry, 'entry') as never,
    verification: read(method.schema, verification, 'verification') as AskedQuestion['verification'],
  };
  const [first] = problems;
  if (first !== undefined) throw malformed(`${formatPath(first.path)} ${first.message}`);
  return {
    kind,
    source: asked.source,
    wanted: { name, type, platform: { os, arch }, kind: question.kind, entry: asked.entry },
    verification: asked.verification,
  };
}

function malformed(what: string): VerificationError {
  return new VerificationError(
    'EVIDENCE_MALFORMED',
    `its question is none that a catalogue can ask: ${what}`,
    {
      hint: 'Restore its evidence from version control, or resolve it anew with update-manifests.',
    },
  );
}
