/** One kept proof judged twice: by the time and the anchors of then, which decides; and by those of now, which is told. */
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import type { Verdict } from '../../formats/own/offline-report.ts';
import { VerificationError, type AssayError } from '../../model/errors.ts';
import { isSigned } from '../../model/verification.ts';
import { failed } from '../../sources/failed.ts';
import type { Judged } from '../../sources/gather.ts';
import { openKeptTrust, openTrust, type Trust } from '../../verify/anchors/trust.ts';
import { Trail } from '../../verify/trail.ts';
import { proofFaults, timeFaults } from '../shared/entry-faults.ts';
import type { KeptDocuments } from '../shared/kept-documents.ts';
import { KeptProofs, type KeptProof, type ProofJudges } from '../shared/kept-proof.ts';
import { requireSlot } from '../shared/require-slot.ts';
import { sealFaults } from '../shared/seal.ts';
import { differences, type KeptQuestion } from './kept-question.ts';
import type { Planned } from './plan.ts';
import { refusalOf, refusalOfFaults, type OfflineEntry, type Refusal } from './verdict.ts';

export interface JudgeInput {
  /** With those of the evidence store, if there is one. */
  readonly documents: KeptDocuments;
  /** Those beside the manifests alone. */
  readonly small: KeptDocuments;
  readonly trust: Trust;
  readonly now: Date;
}

type Answer = Omit<OfflineEntry, 'fileName'>;
/** What there is to judge of an entry. */
type Asked = Pick<OfflineEntry, 'name'> & {
  readonly entry: NonNullable<Planned['entry']>;
  readonly evidence: EvidenceEntry;
  readonly question: KeptQuestion;
};

/** For the manifests of one directory. */
export class EntryJudge {
  readonly #now: Date;
  readonly #then: KeptProofs;
  readonly #today: KeptProofs;

  constructor({ documents, small, trust, now }: JudgeInput) {
    this.#now = now;
    const fileOf = (name: string, { anchors }: EvidenceEntry) => {
      const named = anchors.find((one) => one.name === name);
      if (named === undefined) throw unnamedAnchor(name);
      return small.read({ ...named, role: `anchor ${name}`, anchor: name });
    };
    this.#then = new KeptProofs(
      documents,
      remembering(
        ({ judgedAt, anchors }) => JSON.stringify([judgedAt, anchors]),
        (evidence) => {
          const then = new Date(evidence.judgedAt);
          return { now: then, trust: openKeptTrust(trust, then, async (name) => fileOf(name, evidence)) };
        },
      ),
    );
    // What a large index says does not expire: whether the signature over its digest does is known without it.
    this.#today = new KeptProofs(
      small,
      remembering(
        ({ anchors }) => JSON.stringify(anchors),
        (evidence) => ({ now, trust: openTrust(trust, now, async ({ name }) => fileOf(name, evidence)) }),
      ),
    );
  }

  /** Before anything is judged. */
  announce({ evidence, question }: Planned): void {
    if (evidence === undefined || question === undefined) return;
    try {
      const subject = proofOf(evidence, question).subject;
      for (const proofs of [this.#then, this.#today]) {
        proofs.announce({ verification: question.verification, subject });
      }
    } catch {
      // Told when it is judged.
    }
  }

  async judge({ question, refusal, ...plan }: Planned): Promise<Answer> {
    const { entry, evidence } = plan;
    const unjudged = { judged: undefined, refusal: undefined, since: undefined, trail: new Trail() };
    const open = { ...plan, ...unjudged };
    if (refusal !== undefined) return { ...open, verdict: 'refused', refusal };
    if (entry === undefined || evidence === undefined || question === undefined) {
      return { ...open, verdict: 'no file' };
    }
    const asked = { name: plan.name, entry, evidence, question };
    const found = await this.#judgeThen(asked);
    const edits = sealFaults(evidence);
    const told = { ...open, trail: this.#then.trailOf(evidence) };
    if ('link' in found) return { ...told, verdict: 'refused', refusal: withLines(found, edits) };
    if (edits.length > 0) return { ...told, verdict: 'refused', refusal: refusalOfFaults(edits, 'proof') };
    return { ...told, verdict: verdictOf(found), judged: found, since: await this.#judgeToday(asked) };
  }

  async #judgeThen({ entry, evidence, question }: Asked): Promise<Judged | Refusal> {
    if (new Date(evidence.judgedAt) > this.#now) return refusalOf(fromFuture(evidence, this.#now), 'time');
    try {
      const { expectation, ...proof } = proofOf(evidence, question);
      const early = differences(entry, evidence, question, expectation);
      if (early.length > 0) return refusalOfFaults(early, 'entry');
      const late = timeFaults(evidence);
      if (late.length > 0) return refusalOfFaults(late, 'time');
      const judged = await this.#then.judge(proof);
      requireSlot(judged.verified, question, question.platform);
      const faults = proofFaults(entry, evidence, judged);
      return faults.length === 0 ? judged : refusalOfFaults(faults, 'entry');
    } catch (error) {
      return refusalOf(failed(error).error);
    }
  }

  async #judgeToday({ evidence, question }: Asked): Promise<AssayError | undefined> {
    try {
      await this.#today.judge(proofOf(evidence, question));
      return undefined;
    } catch (error) {
      return failed(error).error;
    }
  }
}

function proofOf(evidence: EvidenceEntry, question: KeptQuestion) {
  const { version, size: sizeBytes } = evidence;
  const expectation = question.expect({ version, sizeBytes });
  const proof: KeptProof = { evidence, verification: question.verification, subject: expectation.subject };
  return { ...proof, expectation };
}

function verdictOf({ verified: { result } }: Judged): Verdict {
  if (!isSigned(result.assurance)) return 'recorded';
  return result.isUpToIndex === true ? 'up to the index' : 'verified';
}

/** That the proof was edited is told with whatever came of it. */
function withLines({ error, ...refusal }: Refusal, lines: readonly string[]): Refusal {
  if (lines.length === 0) return { error, ...refusal };
  const { hint, context } = error;
  const [message = '', ...more] = error.message.split('\n');
  const code = error instanceof VerificationError ? error.code : 'EVIDENCE_MALFORMED';
  const details = { lines: [...more, ...lines], hint, context, cause: error };
  return { ...refusal, error: new VerificationError(code, message, details) };
}

/** Proofs of one key share what was opened for them. */
function remembering(
  keyOf: (evidence: EvidenceEntry) => string,
  make: (evidence: EvidenceEntry) => Omit<ProofJudges, 'key'>,
): (evidence: EvidenceEntry) => ProofJudges {
  const made = new Map<string, ProofJudges>();
  return (evidence) => {
    const key = keyOf(evidence);
    const judges = made.get(key) ?? { key, ...make(evidence) };
    made.set(key, judges);
    return judges;
  };
}

function unnamedAnchor(name: string): VerificationError {
  return new VerificationError('EVIDENCE_MISSING', `its evidence names no file of the anchor ${name}`, {
    context: { anchor: name },
  });
}

function fromFuture({ judgedAt }: EvidenceEntry, now: Date): VerificationError {
  return new VerificationError(
    'METADATA_FROM_FUTURE',
    `its proof was judged at ${judgedAt}, and it is ${now.toISOString()}`,
    {
      hint: 'Is the clock of this machine right? Or give the time to judge by: --now.',
      context: { expected: `not after ${now.toISOString()}`, found: judgedAt },
    },
  );
}
