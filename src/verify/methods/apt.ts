/**
 * Method `apt`: the Release's signature -> index digest -> stanza -> the .deb's digest (apt-secure(8), Debian repository
 * format), over all suites of a source, flat or not. Each document names the next one by digest: nothing is parsed before it was
 * compared with what names it.
 *
 * There is nothing to choose in the catalogue: the anchor and the limits stand with the suite, and no link of the chain
 * can be left out.
 */
import { z } from 'zod';
import type { Artifact } from '../../model/artifact.ts';
import { VerificationError } from '../../model/errors.ts';
import { oncePer } from '../../model/once-per.ts';
import {
  choosePackage,
  packageUrl,
  stanzaDocument,
  verifiedArtifact,
  type PackageRequest,
} from '../apt/package.ts';
import { linkIndex, needing, type Found } from '../apt/read-index.ts';
import { isAskedAgain, listingsOf, releaseEnds, releaseNeeds, releaseOf, type Suite } from '../apt/suite.ts';
import { choiceTold, leaveOpen } from '../apt/told.ts';
import { sameDigest } from '../by-hand.ts';
import type { Documents, Matter, VerificationMethod } from '../method.ts';
import { digestChecks, theArtifact } from '../trail.ts';

const schema = z
  .strictObject({ method: z.literal('apt').describe('the kind of proof') })
  .describe(
    "the Release, signed by the suite's anchor (InRelease, or Release with Release.gpg), names Packages by digest, which names the `.deb` by digest",
  );

export interface AptSubject
  extends Pick<Artifact, 'name' | 'platform'>, Omit<PackageRequest, 'architecture'> {
  readonly suites: readonly Suite[];
}

type AptMatter = Matter<z.output<typeof schema>, AptSubject>;

export const apt: VerificationMethod<z.output<typeof schema>, AptSubject> = {
  method: 'apt',
  schema,
  async next(matter) {
    const { subject, documents } = matter;
    const missing = subject.suites.flatMap((suite) => releaseNeeds(suite, documents));
    if (missing.length > 0) return missing;
    const complete = completeIn(documents);
    if (complete.get(subject.suites)?.has(subject.platform.arch) === true) return [];
    const { needs } = await readSuites(matter);
    if (needs.length === 0) {
      complete.set(subject.suites, new Set(complete.get(subject.suites)).add(subject.platform.arch));
    }
    return needs;
  },
  async judge(matter) {
    const { subject, trail } = matter;
    const { name, platform } = subject;
    const { stanzas, documents } = await readSuites(matter);
    const [first] = documents;
    if (first === undefined) throw new TypeError('a source has at least one suite');
    const choice = await trail.link(
      { from: first, to: theArtifact },
      () => choosePackage(stanzas, { ...subject, architecture: platform.arch }),
      (chosen) => choiceTold(chosen, subject),
    );
    const { root } = choice.stanza.release.places;
    const artifact = { name, platform, url: packageUrl(root, choice.deb.filename) };
    const { digest } = choice.deb;
    const verified = await trail.link(
      { from: stanzaDocument(choice.stanza), to: theArtifact, byHand: sameDigest(theArtifact, digest) },
      () => verifiedArtifact(choice, artifact, documents),
      () => ({ checks: digestChecks(choice.deb, 'what the stanza names') }),
    );
    leaveOpen(choice, verified.result.isUpToIndex === true, trail);
    return verified;
  },
};

/** Of which suites and architectures all indexes are at hand: each package asks, and they are the same for all. */
const completeIn = oncePer<Documents, WeakMap<AptSubject['suites'], ReadonlySet<string>>>(
  () => new WeakMap(),
);

async function readSuites(matter: AptMatter): Promise<Found> {
  return together(await Promise.all(matter.subject.suites.map((suite) => readSuite(suite, matter))));
}

/**
 * A repository without by-hash can change between two requests: then Release and indexes are asked for together once
 * more, and the second answer counts. Nothing unverified gets through by that.
 */
async function readSuite(suite: Suite, matter: AptMatter): Promise<Found> {
  const isSecond = isAskedAgain(suite, matter.documents);
  const release = await matter.trail.link(
    releaseEnds(suite, matter.documents),
    () => releaseOf(suite, matter),
    ({ checks, signers }) => ({ checks, signers }),
  );
  try {
    const { arch } = matter.subject.platform;
    const listings = listingsOf(suite, release, arch);
    const reading = { suite, release, isSecond, matter };
    const found = await Promise.all(listings.map((listing) => linkIndex(listing, reading)));
    return together([{ ...needing(), documents: release.documents }, ...found]);
  } catch (error) {
    if (isSecond || release.release.acquireByHash || !isMismatch(error)) throw error;
    return needing(...releaseNeeds(suite, matter.documents, true));
  }
}

function together(found: readonly Found[]): Found {
  return {
    needs: found.flatMap(({ needs }) => needs),
    stanzas: found.flatMap(({ stanzas }) => stanzas),
    documents: found.flatMap(({ documents }) => documents),
    checks: [],
  };
}

function isMismatch(error: unknown): boolean {
  return (
    error instanceof VerificationError && (error.code === 'DIGEST_MISMATCH' || error.code === 'SIZE_MISMATCH')
  );
}
