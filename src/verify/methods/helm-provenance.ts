/**
 * Method `helm-provenance`: the OpenPGP signature that `helm package --sign` makes of a chart, a clear-signed text
 * (RFC 9580, section 7) of Chart.yaml and the archive's digest: `helm verify` reads the same. Name, version and file name in
 * it have to be those of the chart that was asked for, and the host's own digest, where it has one, the one that was signed.
 */
import { z } from 'zod';
import { nameSchema } from '../../formats/own/names.ts';
import { parseChartProvenance, parseProvenanceDigest } from '../../formats/upstream/helm-chart.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { gpgv, listedDigest } from '../by-hand.ts';
import {
  archiveName,
  locateChart,
  provenanceOf,
  type ChartLocation,
  type ChartSubject,
} from '../helm/chart.ts';
import { once, type Matter, type VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { namingDocument } from '../naming.ts';
import { verifyCleartext } from '../openpgp/verify-signatures.ts';
import { nothingNewer, sizeUnsigned, theArtifact, unsignedTime } from '../trail.ts';

const schema = z
  .strictObject({
    method: z.literal('helm-provenance').describe('the kind of proof'),
    signedBy: nameSchema.describe(
      'a trust anchor of `trust/pins.yaml`, whose scope must cover the provenance file: `.prov` beside the archive, or the repository in a registry',
    ),
  })
  .describe("a chart's provenance file, signed by a key of a trust anchor");

type Spec = z.output<typeof schema>;

export const helmProvenance: VerificationMethod<Spec, ChartSubject> = {
  method: 'helm-provenance',
  schema,
  async next(matter) {
    const found = await read(matter);
    return 'needs' in found ? found.needs : [];
  },
  async judge(matter) {
    const { spec, subject, trust, now, memo, trail } = matter;
    const found = await read(matter);
    if ('needs' in found) throw new TypeError(`${subject.artifact.name}: judged too early`);
    const { location, provenance } = found;
    const { url } = provenance;
    const { text, signers } = await trail.link(
      { from: { anchor: spec.signedBy }, to: provenance, byHand: gpgv(spec.signedBy, provenance) },
      async () => {
        const keyring = await trust.keyring(spec.signedBy, url);
        const key = JSON.stringify(['helm-provenance', spec.signedBy, url, provenance.digest]);
        return once(memo, key, () =>
          namingDocument(url, () => verifyCleartext(provenance.bytes, keyring, now)),
        );
      },
      ({ signers }) => ({ checks: [], signers }),
    );
    const digest = await trail.link(
      { from: provenance, to: theArtifact },
      () => digestIn(text, subject, location, url),
      (digest) => ({
        checks: [
          {
            check: 'chart',
            value: archiveName(subject.chart),
            against: 'its name and version in what was signed',
          },
          { check: 'SHA-256', value: digest, against: 'what was signed of the archive' },
        ],
        byHand: listedDigest(provenance, theArtifact, digest),
      }),
    );
    trail.leaves(...nothingNewer);
    trail.leaves(...unsignedTime);
    trail.leaves(...sizeUnsigned);
    const documents = [location.document, provenance];
    const artifact = { ...subject.artifact, url: location.url, sizeBytes: location.sizeBytes, digest };
    const vouched = { signers, documents, verifiedAt: now, digest };
    return mintVerified(artifact, { assurance: 'signed', method: 'openpgp', ...vouched });
  },
};

async function read(matter: Matter<Spec, ChartSubject>) {
  const location = await locateChart(matter);
  if ('needs' in location) return location;
  const { name, version } = matter.subject.artifact;
  const provenance = provenanceOf(location, matter.documents, `${name} ${version}`);
  return 'needs' in provenance ? provenance : { location, provenance };
}

function digestIn(
  text: EvidenceDocument['bytes'],
  { chart }: ChartSubject,
  location: ChartLocation,
  what: string,
): Digest {
  const { name, version, files } = parseChartProvenance(text, what);
  requireSame(what, 'chart', chart.name, name);
  requireSame(what, 'version', chart.version, version);
  const file = archiveName(chart);
  const listed = files.get(file);
  if (listed === undefined) requireSame(what, 'file', file, [...files.keys()].join(', '));
  const digest = parseProvenanceDigest(listed ?? '', what);
  if (location.digest === undefined || location.digest === digest) return digest;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `${location.document.url} names ${location.digest} for ${file}, and ${digest} was signed`,
    {
      hint: 'The host serves another archive than its publisher signed. Use neither until it is known why.',
      context: { expected: digest, found: location.digest },
    },
  );
}

function requireSame(what: string, field: string, expected: string, found: string): void {
  if (found === expected) return;
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${what} was signed for the ${field} ${JSON.stringify(found.slice(0, 200))}, expected ${JSON.stringify(expected)}`,
    {
      hint: 'A genuine signature of another chart or version: a mistake of the publisher, or an exchange.',
      context: { expected, found },
    },
  );
}
