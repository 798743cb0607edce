/** A release's bill of materials, whole or as the entry that was kept of it. */
import { describe, expect, it } from 'vitest';
import { parseSpdxDocument } from '../../../../src/formats/upstream/spdx-document.ts';
import { TransportError, VerificationError } from '../../../../src/model/errors.ts';
import type { FileNeed, Need } from '../../../../src/model/need.ts';
import type { EvidenceDocument } from '../../../../src/model/verification.ts';
import { documentOf } from '../../../../src/verify/evidence-document.ts';
import type { Documents } from '../../../../src/verify/method.ts';
import {
  excerptNeeds,
  excerptOf,
  foundIn,
  readSigned,
  wholeNeed,
} from '../../../../src/verify/sbom/document.ts';
import { hexA, hexB, tool } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';

const { url } = tool.artifact;
const text = `SPDXVersion: SPDX-2.3
DocumentName: Release v1.0.0
DocumentNamespace: https://example.org/v1.0.0
FileName: bin/tool
FileChecksum: SHA256: ${hexA}
`;
const whole = documentOf('sbom', url, Buffer.from(text));
const sbom = parseSpdxDocument(whole.bytes, url);
const excerpt = excerptOf(whole, sbom, 'bin/tool', [`sha256:${hexA}`]);

/** What was read of each need that was asked for. */
function documentsOf(read: Readonly<Record<string, EvidenceDocument | Error | undefined>>): Documents {
  const find = ({ role }: Need): EvidenceDocument | undefined => {
    const found = read[role];
    if (found instanceof Error) throw found;
    return found;
  };
  return { has: ({ role }) => role in read, find, of: () => expect.fail('it may not be there') };
}

describe('the document', () => {
  it('is asked for first, and the entry of it where it was too large to be kept', () => {
    expect(wholeNeed(tool)).toEqual({
      ...{ kind: 'file', role: 'sbom', url, maxBytes: 16 << 20, hasExcerpt: true },
    } satisfies FileNeed);
    expect(excerptNeeds(tool, documentsOf({ sbom: whole }))).toEqual([]);
    expect(excerptNeeds(tool, documentsOf({ sbom: undefined }))).toEqual([
      { kind: 'file', role: 'sbom-entry', url, maxBytes: 64 << 10, isOptional: true } satisfies FileNeed,
    ]);
    expect(excerptNeeds(tool, documentsOf({ sbom: undefined, 'sbom-entry': undefined }))).toEqual([]);
  });

  it('is what has to be signed, also where only an entry of it is there', () => {
    expect(foundIn(tool, documentsOf({ sbom: whole }))).toEqual({ read: whole, whole, isExcerpt: false });
    expect(excerpt).toMatchObject({ role: 'sbom-entry', url, isExcerpt: true });
    const { digest, sizeBytes } = whole;
    expect(foundIn(tool, documentsOf({ sbom: undefined, 'sbom-entry': excerpt }))).toEqual({
      read: excerpt,
      whole: { role: 'sbom', url, digest, sizeBytes, bytes: new Uint8Array() },
      isExcerpt: true,
    });
  });

  it('is missing where neither was kept', async () => {
    const nothing = documentsOf({ sbom: undefined, 'sbom-entry': undefined });
    await refusal(() => foundIn(tool, nothing), VerificationError, 'EVIDENCE_MISSING');
  });

  it('that upstream does not have may be left out by the catalogue, which an unreachable one may not', async () => {
    const lost = new TransportError('NOT_FOUND', 'it is not there');
    const { hint, message } = await refusal(
      () => foundIn(tool, documentsOf({ sbom: lost })),
      TransportError,
      'NOT_FOUND',
    );
    expect([message, hint]).toEqual([lost.message, expect.stringContaining('"without"')]);
    const silent = new TransportError('TIMED_OUT', 'no answer');
    expect(() => foundIn(tool, documentsOf({ sbom: silent }))).toThrow(silent);
  });
});

describe('what is read of it', () => {
  it('is of the bytes whose digest is signed', async () => {
    const found = foundIn(tool, documentsOf({ sbom: whole }));
    expect(await readSigned(found, new Map())).toEqual(sbom);
    const bytes = Buffer.from(text.replace(hexA, hexB));
    const other = { ...found, read: { ...whole, bytes } };
    await refusal(() => readSigned(other, new Map()), VerificationError, 'DIGEST_MISMATCH');
  });

  it('is of the entry, where that is all there is', async () => {
    const found = foundIn(tool, documentsOf({ sbom: undefined, 'sbom-entry': excerpt }));
    expect(await readSigned(found, new Map())).toEqual(sbom);
  });
});
