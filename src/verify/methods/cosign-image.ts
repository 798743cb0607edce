/**
 * Method `cosign-image`: tag -> index or manifest -> signature of its digest -> the platform's manifest -> its
 * configuration. Whichever is signed, index or platform's manifest, is enough; what a tag leads to is the registry's
 * word alone.
 */
import { z } from 'zod';
import { type Repository } from '../../formats/upstream/image-reference.ts';
import { repositoryReferenceSchema } from '../../formats/upstream/image-reference-schema.ts';
import { parseOciDocument, type ImageIndex } from '../../formats/upstream/oci-manifest.ts';
import type { TemplateValues } from '../../formats/own/template.ts';
import type { Artifact } from '../../model/artifact.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { RegistryNeed } from '../../model/need.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { publicGood } from '../anchors/public-good.ts';
import { verifyBytes } from '../digest.ts';
import { readSignature, type Lacking } from '../image/find-signature.ts';
import { readRunnableImage } from '../image/image-manifest.ts';
import { blobNeed, manifestNeed } from '../image/needs.ts';
import { selectPlatform } from '../image/platform.ts';
import { vouchedByImageSignature, type ImageChain } from '../image/vouch-image.ts';
import type { Matter, VerificationMethod } from '../method.ts';
import { digestChecks, misuse, theArtifact } from '../trail.ts';
import { identityShapeWithout, policyOf } from './identity-spec.ts';

const schema = z
  .strictObject({
    method: z.literal('cosign-image').describe('the kind of proof'),
    // A signature is of all platforms of a version.
    ...identityShapeWithout('kind', 'os', 'arch', 'asset'),
    signedAs: repositoryReferenceSchema
      .exactOptional()
      .describe(
        'what the signature calls the repository, where that is not the one that the image comes from: of a copy',
      ),
  })
  .describe("a signature over the digest of an image's index or manifest");

export interface ImageSubject {
  readonly artifact: Omit<Artifact, 'digest' | 'sizeBytes' | 'image'>;
  readonly repository: Repository;
  readonly tag: string;
  /** For the templates of a specification. */
  readonly values: TemplateValues;
}

type ImageMatter = Matter<z.output<typeof schema>, ImageSubject>;

export const cosignImage: VerificationMethod<z.output<typeof schema>, ImageSubject> = {
  method: 'cosign-image',
  schema,
  async next(matter) {
    const found = await readChain(matter);
    return 'needs' in found ? found.needs : [];
  },
  async judge(matter) {
    const found = await readChain(matter);
    const { subject, trail, now } = matter;
    if ('needs' in found) throw new TypeError(`${subject.artifact.url}: judged too early`);
    trail.leaves(
      `that ${subject.tag} is this image: which one a tag leads to is the registry's word`,
      'the repository and the digest are signed, and from here on the digest names the image',
    );
    trail.leaves(...misuse);
    const { manifest, config } = found;
    return trail.link(
      { from: manifest, to: theArtifact, beside: config === undefined ? [] : [config] },
      () => vouchedByImageSignature(subject.artifact, found, now),
      ({ subject: { digest, sizeBytes, image } }) => ({
        checks: [
          { check: 'digest', value: digest, against: "the manifest's own bytes" },
          { check: 'platform', value: image?.platform ?? '', against: 'what the manifest of entries is for' },
          {
            check: 'size',
            value: `${String(sizeBytes)} bytes`,
            against: 'its configuration and layers, together',
          },
        ],
      }),
    );
  },
};

/** What a tag leads to: a manifest, or an index of some. */
export function taggedNeed({ repository, tag }: Pick<ImageSubject, 'repository' | 'tag'>): RegistryNeed {
  return manifestNeed('oci-tagged', repository, tag);
}

async function readChain(matter: ImageMatter): Promise<ImageChain | Lacking> {
  const { documents, subject } = matter;
  const { url } = subject.artifact;
  const need = taggedNeed(subject);
  if (!documents.has(need)) return { needs: [need] };
  const top = await matter.trail.link(
    { from: { anchor: publicGood }, to: need },
    () => documents.of(need),
    () => undefined,
  );
  // Asked for before anything is parsed: of the tag's own answer, only the digest is needed for it.
  const signed = await readSignature(top, ofSigner(matter));
  if (signed !== undefined && 'needs' in signed) return signed;
  const document = parseOciDocument(top.bytes, url);
  if (document.kind === 'manifest') {
    if (signed === undefined) throw unsigned(url, [top.digest]);
    return withConfig({ ...signed, index: undefined, manifest: top }, matter);
  }
  const manifest = await readManifest(document.index, top, signed !== undefined, matter);
  if ('needs' in manifest) return manifest;
  if (signed !== undefined) return { ...signed, index: top, manifest, config: undefined };
  const own = await readSignature(manifest, ofSigner(matter));
  if (own === undefined) throw unsigned(url, [top.digest, manifest.digest]);
  return 'needs' in own ? own : withConfig({ ...own, index: undefined, manifest }, matter);
}

function ofSigner({ spec, ...matter }: ImageMatter) {
  return { ...matter, spec: { signer: policyOf(spec, matter.subject.values), signedAs: spec.signedAs } };
}

/** `isSigned`: an index that is not vouches for nothing. */
async function readManifest(
  index: ImageIndex,
  document: EvidenceDocument,
  isSigned: boolean,
  { documents, subject, trail }: ImageMatter,
): Promise<EvidenceDocument | Lacking> {
  const { repository, artifact } = subject;
  const { digest, size } = selectPlatform(index, artifact.platform.arch, artifact.url);
  const expected = { digest, sizeBytes: size };
  const need = manifestNeed('oci-manifest', repository, expected);
  if (!documents.has(need)) return { needs: [need] };
  return trail.link(
    { from: document, to: need },
    () => {
      const manifest = documents.of(need);
      verifyBytes(manifest.bytes, expected, manifest.url);
      return manifest;
    },
    () =>
      isSigned ? { checks: digestChecks(expected, 'what the index lists for the platform') } : undefined,
  );
}

function withConfig(
  chain: Omit<ImageChain, 'config'>,
  { documents, subject }: ImageMatter,
): ImageChain | Lacking {
  const { bytes, url } = chain.manifest;
  const need = blobNeed('oci-config', subject.repository, readRunnableImage(bytes, url).manifest.config);
  return documents.has(need) ? { ...chain, config: documents.of(need) } : { needs: [need] };
}

function unsigned(url: string, digests: readonly Digest[]): VerificationError {
  return new VerificationError(
    'EVIDENCE_MISSING',
    `${url} is not signed: neither ${digests.join(' nor ')} is`,
    {
      hint: 'cosign puts a signature under the tag sha256-<hex>.sig of the same repository. Was it copied along?',
      context: { digests },
    },
  );
}
