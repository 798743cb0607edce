/**
 * A kept proof judged again, by the very method that made it: what was kept of its documents is another store of them,
 * and the time is that of the first judgement. Trust is that of today, so that a key that was revoked since vouches for
 * nothing.
 */
import type { EvidenceEntry, NamedDocument } from '../../formats/own/evidence.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { DocumentStore, Need, StoredDocument } from '../../model/need.ts';
import type { Cache } from '../../model/ports.ts';
import { version } from '../../model/version.ts';
import { Gathering, type Judged } from '../../sources/gather.ts';
import { digestOf } from '../../verify/digest.ts';
import { once, type TrustSource } from '../../verify/method.ts';
import { methodOf } from '../../verify/registry.ts';
import { Trail } from '../../verify/trail.ts';
import type { KeptDocuments } from './kept-documents.ts';

/** The documents that one proof names. */
class ProofStore implements DocumentStore {
  readonly #named: EvidenceEntry['documents'];
  readonly #kept: KeptDocuments;
  readonly #isTold: boolean;

  /** `isTold`: what is not as it has to be is refused to who looks at it, and not before. */
  constructor({ documents }: EvidenceEntry, kept: KeptDocuments, isTold = false) {
    this.#named = documents;
    this.#kept = kept;
    this.#isTold = isTold;
  }

  async read(need: Need): Promise<StoredDocument | undefined> {
    const { role } = need;
    if (need.kind === 'forms') {
      const named = this.#named.find(
        (one) =>
          one.role === role &&
          need.forms.some(
            ({ urls, digest, sizeBytes }) =>
              digest === one.digest && sizeBytes === one.size && urls.includes(one.url),
          ),
      );
      if (named === undefined) throw notNamed(need);
      // Where it was too large to be kept, how far the proof reaches without it is the method's to say.
      return this.#stored(named, () => this.#kept.find(named));
    }
    const named = this.#named.find((one) => one.role === role && one.url === need.url);
    if (named === undefined) {
      if ('isOptional' in need) return undefined;
      throw notNamed(need);
    }
    return this.#stored(named, () =>
      'hasExcerpt' in need ? this.#kept.find(named) : this.#kept.read(named),
    );
  }

  async #stored(
    named: NamedDocument,
    read: () => Promise<Uint8Array | undefined>,
  ): Promise<StoredDocument | undefined> {
    try {
      const bytes = await read();
      return bytes && { bytes, named };
    } catch (error) {
      if (!this.#isTold || !(error instanceof VerificationError)) throw error;
      return { bytes: new Uint8Array(), named, refused: error };
    }
  }
}

function notNamed({ role, url }: Need): VerificationError {
  return new VerificationError('EVIDENCE_MISSING', `its evidence names no ${role} ${url}`);
}

/** As evidence names the files of anchors: in the order of their names, whichever was asked for first. */
export function anchorsOf(anchors: Judged['anchors']): EvidenceEntry['anchors'] {
  return anchors
    .map(({ name, file }) => ({ name, digest: file.digest, size: file.bytes.length }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

export interface KeptProof {
  readonly evidence: EvidenceEntry;
  /** As the catalogue says it. */
  readonly verification: { readonly method: string };
  /** What it has to be about, see `Expectation`. */
  readonly subject: unknown;
}

/** Whom to trust, and by which time, in the judgement of one proof. Where `key` is the same, so are both. */
export interface ProofJudges {
  readonly key: string;
  readonly trust: TrustSource;
  readonly now: Date;
}

/** For one run: what several proofs share is verified once. */
export class KeptProofs {
  readonly #kept: KeptDocuments;
  readonly #judgesOf: (evidence: EvidenceEntry) => ProofJudges;
  readonly #trust: TrustSource | undefined;
  readonly #cache: Cache | undefined;
  #trustDigest: Digest | undefined;
  /** By method: an index is searched once, for all that is asked of it. */
  readonly #subjects = new Map<string, unknown[]>();
  /** By who judges, and by which time. */
  readonly #memos = new Map<string, Map<string, Promise<unknown>>>();
  /** By all that the judgement depends on: manifests share entries. */
  readonly #judged = new Map<string, Promise<Judged>>();
  /** By the evidence. */
  readonly #trails = new Map<string, Trail>();

  /**
   * `trust`: one for all, each proof by the time of its judgement; or each proof's own. `cache`: of what this version
   * judged before, by the same trust, only the documents are looked at.
   */
  constructor(
    kept: KeptDocuments,
    trust: TrustSource | ((evidence: EvidenceEntry) => ProofJudges),
    cache?: Cache,
  ) {
    this.#kept = kept;
    this.#cache = cache;
    if (typeof trust === 'function') {
      this.#judgesOf = trust;
    } else {
      this.#trust = trust;
      this.#judgesOf = ({ judgedAt }) => ({ key: judgedAt, trust, now: new Date(judgedAt) });
    }
  }

  /**
   * Was this proof found to be good before, and `about` to be what it says? What it says is a function of all that goes
   * in here. Throws VerificationError where something that the proof rests on is not there.
   */
  async isKnownGood(proof: KeptProof, about: unknown): Promise<boolean> {
    const mark = this.#markOf(proof, about);
    if (mark === undefined || (await this.#cache?.read(digestOf('sha256', mark))) === undefined) return false;
    await this.#requireAll(proof.evidence);
    return true;
  }

  async rememberGood(proof: KeptProof, about: unknown): Promise<void> {
    const mark = this.#markOf(proof, about);
    if (mark !== undefined) await this.#cache?.write(digestOf('sha256', mark), mark);
  }

  #markOf(proof: KeptProof, about: unknown): Uint8Array | undefined {
    this.#trustDigest ??= this.#trust?.digest;
    const trust = this.#trustDigest;
    return trust && Buffer.from(JSON.stringify({ judged: proof, about, trust, version }));
  }

  /** Says what will be judged, before anything is. */
  announce({ verification: { method }, subject }: Pick<KeptProof, 'verification' | 'subject'>): void {
    const known = this.#subjects.get(method) ?? [];
    this.#subjects.set(method, known);
    known.push(subject);
  }

  /** Throws VerificationError, as the method does, and where something that the proof rests on is not there. */
  judge(proof: KeptProof): Promise<Judged> {
    return once(this.#judged, JSON.stringify(proof), () => this.#judge(proof));
  }

  /** What its judgement told of itself, also one that failed; nothing where there was none. */
  trailOf(evidence: EvidenceEntry): Trail {
    return this.#trails.get(JSON.stringify(evidence)) ?? new Trail();
  }

  async #judge({ evidence, verification, subject }: KeptProof): Promise<Judged> {
    const { key, trust, now } = this.#judgesOf(evidence);
    const memo = this.#memos.get(key) ?? new Map<string, Promise<unknown>>();
    this.#memos.set(key, memo);
    const gathering = new Gathering(new ProofStore(evidence, this.#kept), { trust, now, memo });
    const method = methodOf(verification.method);
    const subjects = this.#subjects.get(verification.method) ?? [subject];
    const trail = this.trailOf(evidence);
    this.#trails.set(JSON.stringify(evidence), trail);
    const judging = { spec: verification, subject, subjects };
    try {
      // First of all: a method that tries one document after the other would pass over one that was changed.
      await this.#requireAll(evidence);
    } catch (error) {
      // It is refused, whatever the method says: that is asked for the way to what is wrong, and for nothing else.
      const telling = new Gathering(new ProofStore(evidence, this.#kept, true), { trust, now });
      await telling.judge(method, judging, trail).catch(() => undefined);
      throw error;
    }
    return gathering.judge(method, judging, trail);
  }

  /** All of it, also what a judgement could do without. */
  async #requireAll(evidence: EvidenceEntry): Promise<void> {
    for (const document of evidence.documents) await this.#kept.find(document);
    for (const { name, ...file } of evidence.anchors) {
      await this.#kept.read({ role: `anchor ${name}`, anchor: name, ...file });
    }
  }
}
