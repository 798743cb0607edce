/**
 * in-toto statements (in-toto attestation framework, Statement v1 and v0.1): which artifacts a predicate is about.
 * Fields that a later version adds are ignored, as the framework wants it; a subject may lack a name, or a digest
 * of the kind that is looked for.
 */
import { parseEvidenceJson } from './evidence-json.ts';
import { absent, anything, choice, filled, known, list, record, text, type Shape } from './shape.ts';

/** The payload type of a DSSE envelope that holds a statement. */
export const inTotoPayloadType = 'application/vnd.in-toto+json';

export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1' | 'https://in-toto.io/Statement/v0.1';
  readonly subject: readonly {
    readonly name: string | undefined;
    /** By algorithm, lower-case hex: `sha256`, `sha512`, `gitCommit`, … */
    readonly digest: Readonly<Record<string, string>> | undefined;
  }[];
  readonly predicateType: string;
  /** What it says of its subjects, in the terms of its type. */
  readonly predicate: unknown;
}

const subject = known({ name: absent(text), digest: absent(record(text)) });
const statement: Shape<Statement> = known({
  _type: choice('https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'),
  subject: filled(list(subject)),
  predicateType: filled(text),
  predicate: anything,
});

/** Far above a release with thousands of assets. */
const maxStatementBytes = 16 << 20;

/** Authenticated bytes. Throws VerificationError `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`. */
export function parseStatement(bytes: Uint8Array, what: string): Statement {
  return parseEvidenceJson(statement, bytes, what, { maxBytes: maxStatementBytes });
}
