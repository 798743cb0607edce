/**
 * Method `pinned`: a digest that a person wrote into the catalogue, for what nobody signs and no host has a digest of. It
 * says which bytes are meant, and nothing of who made them: so it takes a written reason, and is the weakest of all.
 *
 * A run reads the file, so that a slip of the pen is found before a VM finds it. One that is too large for that is
 * compared where it is staged, as any file is.
 */
import { z } from 'zod';
import { architectureSchema, type Artifact } from '../../model/artifact.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { sameDigest } from '../by-hand.ts';
import { verifyFound } from '../digest.ts';
import { locateChart, type ChartSubject } from '../helm/chart.ts';
import type { Lacking } from '../image/find-signature.ts';
import { readPinnedImage, requirePinned } from '../image/pinned-image.ts';
import { imageOf } from '../image/vouch-image.ts';
import type { Asset, Matter, VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { nothingNewer, sizeUnsigned, theArtifact, type LinkEnds } from '../trail.ts';
import { fileNeedOf, maxAssetBytes } from './asset-file.ts';
import type { ImageSubject } from './cosign-image.ts';
import { unsignedReason } from './checksum.ts';

const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, { error: 'must be sha256: and 64 lower-case hexadecimal digits' });

const byArchitecture = z
  .partialRecord(architectureSchema, digestSchema)
  .refine((digests) => Object.keys(digests).length > 0, { error: 'must not be empty' });

const schema = z
  .strictObject({
    method: z.literal('pinned').describe('the kind of proof'),
    digests: z
      .record(
        z.string().regex(/^\d[A-Za-z0-9._+~-]*$/, { error: 'must be a version without a leading v' }),
        z.union([digestSchema, byArchitecture]),
      )
      .refine((digests) => Object.keys(digests).length > 0, { error: 'must not be empty' })
      .describe(
        "by version, the digest: `sha256:` and hex, of all platforms; or a map of them by architecture. Of an image, that of its index or of the platform's manifest; of a chart, that of its archive, or of its manifest in a registry. A version without one is refused",
      ),
    reason: unsignedReason,
  })
  .describe('a digest that a person wrote into the catalogue: nobody vouches for it');

export type PinnedSpec = z.output<typeof schema>;
type PinnedSubject = Asset | ImageSubject | ChartSubject;
type PinnedMatter<Subject> = Matter<PinnedSpec, Subject>;

/** What the digest was compared with, and what of it goes into the manifest. */
interface Compared {
  readonly artifact: Artifact;
  readonly documents: readonly EvidenceDocument[];
}

export const pinned: VerificationMethod<PinnedSpec, PinnedSubject> = {
  method: 'pinned',
  schema,
  async next(matter) {
    const found = await compare(matter);
    return 'needs' in found ? found.needs : [];
  },
  async judge(matter) {
    const { spec, trail, now } = matter;
    const digest = pinOf(matter);
    const { artifact, documents } = await trail.link(
      endsOf(matter.subject, digest),
      async () => {
        const found = await compare(matter);
        if ('needs' in found) throw new TypeError(`${matter.subject.artifact.name}: judged too early`);
        return found;
      },
      (found) => ({
        checks: [{ check: 'SHA-256', value: digest, against: 'what a person wrote into the catalogue' }],
        beside: found.documents,
      }),
    );
    trail.leaves('that anybody vouches for it', spec.reason);
    trail.leaves(...nothingNewer);
    if (!documents.some(({ role }) => role === 'asset')) trail.leaves(...sizeUnsigned);
    const vouched = { signers: [], documents, verifiedAt: now, digest: artifact.digest };
    return mintVerified(artifact, { assurance: 'pinned', method: 'pinned', ...vouched });
  },
};

/** Of a file there is a program for it. */
function endsOf(subject: PinnedSubject, digest: Digest): LinkEnds {
  const ends = { from: { anchor: 'the catalogue' }, to: theArtifact };
  return 'fileName' in subject ? { ...ends, byHand: sameDigest(theArtifact, digest) } : ends;
}

async function compare(matter: PinnedMatter<PinnedSubject>): Promise<Compared | Lacking> {
  const { subject, ...others } = matter;
  const digest = pinOf(matter);
  if ('chart' in subject) return compareChart({ ...others, subject, subjects: [] }, digest);
  if ('repository' in subject) return compareImage({ ...others, subject, subjects: [] }, digest);
  return compareFile({ subject, documents: matter.documents }, digest);
}

/** A registry names the archive by digest, in a manifest that has one too; what an index says has to be the same. */
async function compareChart(matter: PinnedMatter<ChartSubject>, pin: Digest): Promise<Compared | Lacking> {
  const { subject, documents } = matter;
  const found = await locateChart(matter);
  if ('needs' in found) return found;
  const { url, sizeBytes, document, digest = pin } = found;
  const artifact = { ...subject.artifact, url, sizeBytes, digest };
  if (subject.at.kind === 'registry') {
    requirePinned(document.url, [document.digest, digest], pin);
    return { artifact, documents: [document] };
  }
  requirePinned(`${document.url}, ${subject.chart.name} ${subject.chart.version}`, [digest], pin);
  const file = compareFile({ subject: { artifact }, documents }, pin);
  return 'needs' in file ? file : { artifact, documents: [document, ...file.documents] };
}

function compareFile(
  { subject, documents }: Pick<PinnedMatter<Pick<Asset, 'artifact'>>, 'subject' | 'documents'>,
  digest: Digest,
): Compared | Lacking {
  const { artifact } = subject;
  const pinnedFile = { artifact: { ...artifact, digest }, documents: [] };
  if (artifact.sizeBytes > maxAssetBytes) return pinnedFile;
  const need = fileNeedOf(subject);
  if (!documents.has(need)) return { needs: [need] };
  const { role, url } = need;
  // Of what is too large to be kept the digest was, which is the one that the catalogue still has.
  const found = documents.find(need) ?? {
    ...{ role, url, digest, sizeBytes: artifact.sizeBytes, bytes: new Uint8Array() },
  };
  verifyFound(found, { digest, sizeBytes: artifact.sizeBytes }, url);
  return { ...pinnedFile, documents: [found] };
}

function compareImage(matter: PinnedMatter<ImageSubject>, digest: Digest): Compared | Lacking {
  const found = readPinnedImage(matter, digest);
  if ('needs' in found) return found;
  const { top, manifest, config } = found;
  const documents = [...new Set([top, manifest, ...(config === undefined ? [] : [config])])];
  return { artifact: imageOf(matter.subject.artifact, found), documents };
}

function pinOf({ spec, subject }: PinnedMatter<PinnedSubject>): Digest {
  const { name, version, platform } = subject.artifact;
  const own = Object.hasOwn(spec.digests, version) ? spec.digests[version] : undefined;
  const digest = typeof own === 'string' ? own : own?.[platform.arch];
  if (digest !== undefined) return digest as Digest;
  const known = Object.keys(spec.digests).join(', ');
  const what = own === undefined ? version : `${version} for ${platform.arch}`;
  throw new VerificationError(
    'EVIDENCE_MISSING',
    `${name}: the catalogue pins no digest of ${what}: it has ${known}`,
    {
      hint: 'Learn the digest of that version from whoever made it, by another way than the download, and add it to "digests".',
      context: { expected: what, found: known },
    },
  );
}
