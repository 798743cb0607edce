/**
 * One proof, looked at: whose it is, and whether it holds, by the code of a run. Of all that were looked at, the strongest
 * that holds counts; one that is there and does not hold spoils the rest.
 */
import { AssayError, TransportError, VerificationError } from '../../model/errors.ts';
import type { Digest } from '../../model/digest.ts';
import type { Resolution } from '../../sources/source.ts';
import { Unsupported, type Names, type Tagged } from '../shared/release-names.ts';
import type { Candidate, Fields } from './candidates.ts';
import { isAccepted, type Learnt } from './identity.ts';
import { judge, type Proposal } from './judge.ts';
import type { LearntKey } from './keys.ts';
import type { AddSubject } from './request.ts';

/** A way in which a candidate could be verified: whose word it would be. */
export interface Way {
  /** Of the verification. */
  readonly fields: Fields;
  /** In place of the proposed one: of apt it is the source that names the key. */
  readonly source?: Proposal['source'];
  readonly learnt?: Learnt;
  readonly key?: LearntKey | undefined;
  /** A digest that nobody vouches for, but who serves it. */
  readonly digest?: Digest;
}

export interface Looked {
  readonly candidate: Candidate;
  /** `none`: it is not there, `unusable`: it cannot be used, `open`: nobody says whose key it is. */
  readonly outcome: 'verified' | 'none' | 'unusable' | 'open' | 'refused';
  readonly error?: AssayError;
  readonly verification?: Fields;
  readonly way?: Way;
  /** By architecture, of what was verified. */
  readonly resolved?: readonly Resolution[];
}

export interface Addition {
  /** What was looked at, for people. */
  readonly title: string;
  readonly tagged: Tagged;
  /** As it is to be written. */
  readonly proposal: Proposal;
  readonly assets: Names;
  /** Files that would fit as well. */
  readonly others: readonly string[];
  readonly looked: readonly Looked[];
  /** What was looked for besides, and is not there. */
  readonly absent: readonly string[];
  readonly chosen: Looked;
}

export interface Looking extends Pick<AddSubject, 'context' | 'keys' | 'preferred'> {
  /** Of exactly the version that was looked at. */
  readonly proposal: Proposal;
  /** What else must be right. Throws VerificationError. */
  readonly require?: (resolved: readonly Resolution[]) => void;
}

/** Throws TransportError for what could not be asked: what is not known is no reason to be content with less. */
export async function look(
  candidate: Candidate,
  learn: () => Promise<readonly Way[]>,
  { proposal, context, keys, preferred, require }: Looking,
): Promise<Looked> {
  try {
    const ways = await learn();
    if (ways.length === 0) {
      const isOpen = ['key', 'release'].includes(candidate.signedBy.in);
      return { candidate, outcome: isOpen ? 'open' : 'none' };
    }
    let last: Looked | undefined;
    const isPreferred = ({ learnt }: Way) => learnt !== undefined && isAccepted(learnt, preferred);
    for (const way of [...ways.filter(isPreferred), ...ways.filter((one) => !isPreferred(one))]) {
      const verification = { ...candidate.verification, ...way.fields };
      const trust = way.key?.trust ?? keys.trust;
      const at = { ...proposal, source: way.source ?? proposal.source };
      const judged = await judge(at, verification, { ...context, trust });
      if ('resolved' in judged) {
        require?.(judged.resolved);
        return { candidate, outcome: 'verified', verification, way, resolved: judged.resolved };
      }
      last = { candidate, outcome: outcomeOf(judged.error), error: judged.error, verification, way };
    }
    return last ?? { candidate, outcome: 'none' };
  } catch (error) {
    if (error instanceof Unsupported) return { candidate, outcome: 'unusable' };
    if (!(error instanceof AssayError)) throw error;
    return { candidate, outcome: outcomeOf(error), error };
  }
}

/** What says that it is not to be believed; the rest is evidence that is not there, or of a form that we do not know. */
const lies: ReadonlySet<string> = new Set([
  ...['DIGEST_MISMATCH', 'SIZE_MISMATCH', 'SIGNATURE_INVALID', 'SIGNER_UNTRUSTED', 'SUBJECT_MISMATCH'],
  ...['METADATA_EXPIRED', 'METADATA_FROM_FUTURE', 'PIN_MISMATCH', 'RELEASE_MISMATCH'],
]);

function outcomeOf(error: AssayError): Looked['outcome'] {
  if (error instanceof TransportError && error.code !== 'NOT_FOUND') throw error;
  if (!(error instanceof VerificationError)) return 'unusable';
  return lies.has(error.code) ? 'refused' : 'unusable';
}

/**
 * The first that holds. `what` is for messages: what was looked at. Throws VerificationError for evidence that is there
 * and does not hold, and `EVIDENCE_MISSING` where nothing vouches; what kept the catalogue from saying it, else.
 */
export function choose(looked: readonly Looked[], what: string, wayOut: string): Looked {
  const refused = looked.find(({ outcome }) => outcome === 'refused');
  if (refused?.error instanceof VerificationError) {
    const { code, message, hint, context } = refused.error;
    throw new VerificationError(code, `${what}: ${refused.candidate.what} does not hold: ${message}`, {
      hint: `${hint === undefined ? '' : `${hint} `}Nothing was written.`,
      context,
    });
  }
  const chosen = looked.find(({ outcome }) => outcome === 'verified');
  if (chosen !== undefined) return chosen;
  const failed = looked.find(({ error }) => error !== undefined && !(error instanceof VerificationError));
  if (failed?.error !== undefined) throw failed.error;
  const found = looked.map(({ candidate, outcome, error }) =>
    error === undefined ? `${candidate.what}: ${outcome}` : `${candidate.what}: ${outcome}: ${error.message}`,
  );
  const isOpen = looked.some(({ outcome }) => outcome === 'open');
  throw new VerificationError('EVIDENCE_MISSING', `nothing vouches for ${what}`, {
    lines: found,
    hint: isOpen
      ? 'A key that its publisher shows can be given with --key. It has to be named with --accept.'
      : wayOut,
  });
}
