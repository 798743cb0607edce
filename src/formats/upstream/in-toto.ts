/**
 * in-toto statements (in-toto attestation framework, Statement v1 and v0.1): which artifacts a predicate is about.
 * Fields that a later version adds are ignored, as the framework wants it; a subject may lack a name, or a digest
 * of the kind that is looked for.
 */
import { z } from 'zod';
import { lazily } from '../../model/once-per.ts';
import { parseEvidenceJson } from './evidence-json.ts';
import { absent } from './protobuf-json.ts';

/** The payload type of a DSSE envelope that holds a statement. */
export const inTotoPayloadType = 'application/vnd.in-toto+json';

const subjectSchema = () =>
  z.object({
    name: absent(z.string()),
    /** By algorithm, lower-case hex: `sha256`, `sha512`, `gitCommit`, … */
    digest: absent(z.record(z.string(), z.string())),
  });

const statementSchema = lazily(() =>
  z.object({
    _type: z.enum(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']),
    subject: z.array(subjectSchema()).min(1, { error: 'must not be empty' }),
    predicateType: z.string().min(1, { error: 'must not be empty' }),
    /** What it says of its subjects, in the terms of its type. */
    predicate: z.unknown(),
  }),
);

export type Statement = Readonly<z.output<ReturnType<typeof statementSchema>>>;

/** Far above a release with thousands of assets. */
const maxStatementBytes = 16 << 20;

/** Authenticated bytes. Throws VerificationError `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`. */
export function parseStatement(bytes: Uint8Array, what: string): Statement {
  return parseEvidenceJson(statementSchema(), bytes, what, { maxBytes: maxStatementBytes });
}
