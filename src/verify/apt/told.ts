/** What the links of an apt chain tell of themselves (`trail.ts`): documents that name each other by digest. */
import type { Check } from '../../formats/own/proof-chain.ts';
import type { Digest } from '../../model/digest.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { listedDigest, stanzaOf } from '../by-hand.ts';
import { unsignedTime, type NamedDocument, type Told, type Trail } from '../trail.ts';
import { stanzaDocument, type PackageChoice, type PackageRequest } from './package.ts';
import type { IndexListing } from './packages.ts';

interface Asked extends Pick<PackageRequest, 'range'> {
  readonly suites: readonly unknown[];
}

export function choiceTold({ stanza, deb, among }: PackageChoice, { suites, range }: Asked): Told {
  const against = `the highest of ${String(among)} in ${String(suites.length)} suites`;
  return {
    from: stanza.index,
    to: stanzaDocument(stanza),
    byHand: stanzaOf(stanza.index, deb.package, deb.digest),
    checks: [
      { check: 'Package', value: deb.package, against: 'what the catalogue says' },
      { check: 'Architecture', value: deb.architecture, against: "the manifest's, or all" },
      { check: 'Version', value: deb.version, against },
      ...(range === undefined ? [] : [{ check: 'range', value: range, against: 'Version lies in it' }]),
    ],
  };
}

export function leaveOpen({ stanza }: PackageChoice, isUpToIndex: boolean, trail: Trail): void {
  const { validUntil } = stanza.release.release;
  if (isUpToIndex) {
    trail.leaves(
      `that the stanza stands in ${stanza.listing.name}, and no higher version does`,
      'the index is too large to be kept; the Release names it by digest, and it was searched when this was judged first',
    );
  }
  trail.leaves(
    'that nothing newer was withheld',
    validUntil === undefined
      ? 'the suite has no Valid-Until; maxAge bounds it, and a Release older than the last one is refused'
      : `Valid-Until ends that, on ${validUntil.toISOString()}`,
  );
  trail.leaves(...unsignedTime);
}

export function indexTold(
  to: NamedDocument & { readonly digest: Digest },
  { forms }: IndexListing,
  release: EvidenceDocument,
  checks: readonly Check[],
): Told {
  const path = forms.find(({ file }) => file.digest === to.digest)?.file.path ?? to.url;
  const named = { ...to, name: path.slice(path.lastIndexOf('/') + 1) };
  return { to: named, checks, byHand: listedDigest(release, named, to.digest) };
}
