/**
 * The one loop of every chain: a method names what it needs, until it names nothing; then it judges. What several
 * subjects need is read once.
 */
import type { Artifact } from '../model/artifact.ts';
import { needKey, type DocumentStore, type Need, type StoredDocument } from '../model/need.ts';
import type { EvidenceDocument, Verified } from '../model/verification.ts';
import { digestOf } from '../verify/digest.ts';
import type { AnchorUse, Chain, Documents, Matter, TrustSource } from '../verify/method.ts';
import { NoTrail, type Trail } from '../verify/trail.ts';

/** One document, or several that wait for each other: more is no chain that a person could follow. */
const maxRounds = 100;

export interface Judges {
  readonly trust: TrustSource;
  /** The time to judge by. */
  readonly now: Date;
  /** What was found out already, where documents are shared beyond this purpose. */
  readonly memo?: Map<string, Promise<unknown>>;
}

type Obtained = { readonly document: EvidenceDocument | undefined } | { readonly error: unknown };

export interface Judged<Result = Verified<Artifact>> {
  readonly verified: Result;
  /** Whose keys and roots the judgement rests on. */
  readonly anchors: readonly AnchorUse[];
}

/** What was read for one purpose, such as all that a run asks of one source. */
export class Gathering implements Judges {
  readonly trust: TrustSource;
  readonly now: Date;
  readonly memo: Map<string, Promise<unknown>>;
  readonly #store: DocumentStore;
  readonly #reading = new Map<string, Promise<Obtained>>();
  /** What one subject has asked for is at hand for the others. */
  readonly #documents = new Gathered();

  constructor(store: DocumentStore, { trust, now, memo = new Map() }: Judges) {
    this.#store = store;
    this.trust = trust;
    this.now = now;
    this.memo = memo;
  }

  /**
   * What one subject needs; of `subjects` it is one. `trail` then tells of the judgement, also of one that failed. Throws
   * as the method does, and as the store.
   */
  async judge<Spec, Subject, Result>(
    chain: Chain<Spec, Subject, Result>,
    { spec, subject, subjects }: Pick<Matter<Spec, Subject>, 'spec' | 'subject' | 'subjects'>,
    trail: Trail = new NoTrail(),
  ): Promise<Judged<Result>> {
    const documents = this.#documents;
    const { now, memo } = this;
    const own = this.trust.forOne?.();
    const trust = own ?? this.trust;
    const matter = { spec, subject, subjects, documents, trust, now, memo, trail };
    for (let round = 0; round < maxRounds; round += 1) {
      trail.restart();
      const needs = (await chain.next(matter)).filter((need) => !documents.has(need));
      if (needs.length === 0) {
        trail.restart();
        return { verified: await chain.judge(matter), anchors: own?.used() ?? [] };
      }
      await this.read(needs);
    }
    throw new TypeError('a chain that always needs something else');
  }

  /** All that was read so far. Errors are kept as well: they are of who looks at the document. */
  async read(needs: readonly Need[]): Promise<Documents> {
    await Promise.all(needs.map(async (need) => this.#documents.add(need, await this.#readOnce(need))));
    return this.#documents;
  }

  hasRead(need: Need): boolean {
    return this.#reading.has(needKey(need));
  }

  #readOnce(need: Need): Promise<Obtained> {
    const key = needKey(need);
    const reading = this.#reading.get(key) ?? obtain(this.#store, need);
    this.#reading.set(key, reading);
    return reading;
  }
}

/** What is asked for before anything is at hand. */
export async function firstNeeds<Spec, Subject>(
  chain: Chain<Spec, Subject, unknown>,
  { spec, subject }: Pick<Matter<Spec, Subject>, 'spec' | 'subject'>,
  { trust, now, memo }: Gathering,
): Promise<readonly Need[]> {
  const [documents, trail] = [new Gathered(), new NoTrail()];
  return chain.next({ spec, subject, subjects: [subject], documents, trust, now, memo, trail });
}

async function obtain(store: DocumentStore, need: Need): Promise<Obtained> {
  try {
    const stored = await store.read(need);
    return { document: stored && documentOf(need, stored) };
  } catch (error) {
    return { error };
  }
}

/** Its digest is that of its bytes, or what they are to have: of a form, the method compares them. */
function documentOf({ role, url }: Need, { bytes, named, refused }: StoredDocument): EvidenceDocument {
  if (refused !== undefined && named !== undefined) {
    const { url: place, digest } = named;
    return {
      ...{ role, url: place, digest, sizeBytes: 0 },
      get bytes(): Uint8Array {
        throw refused;
      },
    };
  }
  const digest = named?.digest ?? digestOf('sha256', bytes);
  return { role, url: named?.url ?? url, digest, sizeBytes: bytes.length, bytes };
}

class Gathered implements Documents {
  readonly #obtained = new Map<string, Obtained>();

  add(need: Need, obtained: Obtained): void {
    this.#obtained.set(needKey(need), obtained);
  }

  has(need: Need): boolean {
    return this.#obtained.has(needKey(need));
  }

  find(need: Need): EvidenceDocument | undefined {
    const obtained = this.#obtained.get(needKey(need));
    if (obtained === undefined) throw new TypeError(`nobody asked for ${needKey(need)}`);
    if ('error' in obtained) throw obtained.error;
    return obtained.document;
  }

  of(need: Need): EvidenceDocument {
    const found = this.find(need);
    if (found === undefined) throw new TypeError(`there is no ${needKey(need)}`);
    return found;
  }
}
