/**
 * What was judged, for those who trust whoever signs it: an in-toto Statement v1 with a SLSA Verification Summary (VSA)
 * v1. Nothing is signed here.
 *
 * Its subjects are the manifest and each of its files: who holds one of them finds its digest, and who holds the manifest
 * has all of them. The levels are of our own, since assay judges who vouched for a file and not how it was built: no
 * `SLSA_` level is claimed.
 */
import { formatPackageUrl } from '../formats/upstream/package-url.ts';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.ts';
import { version } from '../model/version.ts';

/** From the weakest to the strongest. */
export const levels = [
  'ASSAY_PINNED',
  'ASSAY_CHECKSUM',
  'ASSAY_SIGNED_UP_TO_INDEX',
  'ASSAY_SIGNED',
  'ASSAY_ATTESTED',
] as const;
export type Level = (typeof levels)[number];

export interface NamedDigest {
  /** A file's name, or a URI. */
  readonly name: string;
  readonly digest: Digest;
}

export interface SummaryInput {
  readonly manifest: NamedDigest & { readonly version: string };
  /** Each file and image of it, judged. */
  readonly artifacts: readonly (NamedDigest & { readonly level: Level })[];
  readonly catalogue: NamedDigest;
  readonly pins: NamedDigest;
  /** All that the judgement read: evidence, its documents by their addresses, and the files of anchors. */
  readonly inputs: readonly NamedDigest[];
  readonly timeVerified: Date;
  /** Who verified; the program itself unless given. */
  readonly verifierId?: string | undefined;
  /** What the manifest is called where it is used; a package URL of the file unless given. */
  readonly resourceUri?: string | undefined;
  readonly policyUri?: string | undefined;
}

export function verificationSummary(input: SummaryInput): object {
  const { manifest, artifacts, catalogue, pins } = input;
  const found = levels.filter((level) => artifacts.some((one) => one.level === level));
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [manifest, ...artifacts].map(({ name, digest }) => ({ name, digest: digestSet(digest) })),
    predicateType: 'https://slsa.dev/verification_summary/v1',
    predicate: {
      verifier: { id: input.verifierId ?? 'pkg:generic/assay', version: { assay: version } },
      timeVerified: input.timeVerified.toISOString(),
      resourceUri: input.resourceUri ?? fileUri(manifest, manifest.version),
      policy: {
        uri: input.policyUri ?? fileUri(catalogue),
        digest: digestSet(catalogue.digest),
        annotations: { [pins.name]: digestSet(pins.digest) },
      },
      inputAttestations: distinct(input.inputs).map(({ name, digest }) => ({
        uri: isUri(name) ? name : fileUri({ name, digest }),
        digest: digestSet(digest),
      })),
      verificationResult: 'PASSED',
      // Of a set, what holds for each of it.
      verifiedLevels: found.slice(0, 1),
      dependencyLevels: Object.fromEntries(
        found.map((level) => [level, artifacts.filter((one) => one.level === level).length]),
      ),
      slsaVersion: '1.0',
    },
  };
}

function digestSet(digest: Digest): object {
  return { [digestAlgorithm(digest)]: digestHex(digest) };
}

/** A file of the repository has no address of its own: its digest makes the name a URI of that file and no other. */
function fileUri({ name, digest }: NamedDigest, stated?: string): string {
  return formatPackageUrl({
    ...{ type: 'generic', name: name.slice(name.lastIndexOf('/') + 1), version: stated },
    qualifiers: { checksum: digest },
  });
}

export function isUri(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(text);
}

/** Entries share documents. */
function distinct(inputs: readonly NamedDigest[]): readonly NamedDigest[] {
  return [...new Map(inputs.map((one) => [`${one.name} ${one.digest}`, one])).values()];
}
