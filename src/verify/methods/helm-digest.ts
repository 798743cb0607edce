/**
 * Method `helm-digest`: the digest that a chart's host has of it, in the repository's index or in the registry's manifest.
 * It says what the host says, over TLS, and no more: so it takes a written reason, and the source refuses it through a
 * mirror (`UNTRUSTED_MIRROR`).
 */
import { z } from 'zod';
import { VerificationError } from '../../model/errors.ts';
import { sameDigest } from '../by-hand.ts';
import { locateChart, type ChartSubject } from '../helm/chart.ts';
import type { VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { nothingNewer, sizeUnsigned, theArtifact } from '../trail.ts';
import { unsignedReason } from './checksum.ts';

const schema = z
  .strictObject({
    method: z.literal('helm-digest').describe('the kind of proof'),
    reason: unsignedReason,
  })
  .describe(
    "the digest in a chart repository's index, or in a registry's manifest: the word of the host, over TLS",
  );

export const helmDigest: VerificationMethod<z.output<typeof schema>, ChartSubject> = {
  method: 'helm-digest',
  schema,
  async next(matter) {
    const found = await locateChart(matter);
    return 'needs' in found ? found.needs : [];
  },
  async judge(matter) {
    const { spec, subject, trail, now } = matter;
    const found = await locateChart(matter);
    if ('needs' in found) throw new TypeError(`${subject.artifact.name}: judged too early`);
    const { digest, document, url, sizeBytes } = found;
    const origin = new URL(document.url).host;
    if (digest === undefined) {
      throw new VerificationError('EVIDENCE_MISSING', `${document.url} has no digest of ${url}`, {
        hint: 'Pin it in the catalogue, then: "method: pinned".',
      });
    }
    await trail.link(
      { from: { origin }, to: document },
      () => digest,
      () => ({ checks: [] }),
    );
    await trail.link(
      { from: document, to: theArtifact, byHand: sameDigest(theArtifact, digest) },
      () => digest,
      () => ({
        checks: [{ check: 'SHA-256', value: digest, against: `what ${origin} says of the archive` }],
      }),
    );
    trail.leaves(`that the publisher vouches for it, and not only ${origin}`, spec.reason);
    trail.leaves(...nothingNewer);
    trail.leaves(...sizeUnsigned);
    const vouched = { signers: [], documents: [document], verifiedAt: now, digest };
    return mintVerified(
      { ...subject.artifact, url, sizeBytes, digest },
      { assurance: 'checksum', method: 'checksum', ...vouched },
    );
  },
};
