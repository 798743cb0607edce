/** A manifest that a tag of a registry leads to, judged by the user's own catalogue and trust. Most runs need none of it. */
import type { Catalogue } from '../../formats/own/catalogue.ts';
import { createFileStore } from '../../io/file-store.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import { loadCatalogue } from '../../pipeline/manifests/catalogue.ts';
import { conformanceFaults, targetNamed } from '../../pipeline/manifests/conformance.ts';
import { judgeOffline } from '../../pipeline/proofs/judge-offline.ts';
import { readManifestAt } from '../../pipeline/proofs/read-manifests.ts';
import { requireBelievable } from '../../pipeline/proofs/tagged.ts';
import { asFault, findEvidence, pulledFiles, type EvidenceFiles } from '../../pipeline/registry/evidence.ts';
import type { Pulled } from '../../pipeline/registry/pull.ts';
import { readTrust } from '../../pipeline/trust/anchors.ts';
import type { Trust } from '../../verify/anchors/trust.ts';
import type { TagFlags } from './tag-options.ts';

/** What a tag is judged by: read before the registry is asked for anything. */
export interface TagJudge {
  readonly files: FileStore;
  readonly trust: Trust;
  readonly catalogue: Catalogue;
  readonly now: Date;
  /** A directory of documents. */
  readonly store: string | undefined;
  readonly isTrustedRegistry: boolean;
}

/** Throws UsageError `USAGE` where there is nothing to judge by, and as `readTrust` and `loadCatalogue` do. */
export async function openTagJudge(flags: TagFlags, now: Date): Promise<TagJudge> {
  const files = createFileStore();
  const { trustDir = 'trust', catalogue: catalogueFile = 'manifests/catalogue.yaml' } = flags;
  const pins = await files.read(`${trustDir}/pins.yaml`);
  const catalogueBytes = await files.read(catalogueFile);
  if (pins === undefined || catalogueBytes === undefined) {
    const missing = pins === undefined ? `${trustDir}/pins.yaml` : catalogueFile;
    throw new UsageError('USAGE', `a tag vouches for nothing, and there is no ${missing} to judge by`, {
      hint:
        'Name what was pushed by its digest: oci://…@sha256:…. Or name the directory of trust anchors and the ' +
        'catalogue that it was made from: --trust-dir, --catalogue.',
    });
  }
  const trust = await readTrust(trustDir, files);
  const catalogue = loadCatalogue(catalogueBytes, catalogueFile, trust);
  const { evidenceStore: store, trustedRegistry } = flags;
  return { files, trust, catalogue, now, store, isTrustedRegistry: trustedRegistry === true };
}

/** Throws VerificationError, and TransportError where the evidence could not be had. */
export async function requireJudged(pulled: Pulled, judge: TagJudge): Promise<void> {
  const found = await findEvidence(pulled.artifact, pulled.place, pulled.client);
  let refusal: VerificationError | undefined;
  // Whoever may push can add evidence: what is wrong with one is no verdict on the others.
  for (const evidence of found) {
    try {
      await judgeBy(evidence, pulled, judge);
      return;
    } catch (error) {
      refusal ??= asRefusal(error);
    }
  }
  throw refusal ?? new TypeError('no evidence, and no refusal');
}

async function judgeBy(evidence: EvidenceFiles, pulled: Pulled, judge: TagJudge): Promise<void> {
  const { catalogue, trust, now } = judge;
  const files = pulledFiles(pulled, evidence, judge);
  const target = targetOf(pulled.fileName, judge);
  const read = await readManifestAt(files.manifestFile, files);
  const bytes = { manifest: read.bytes, evidence: read.evidenceBytes };
  const faults = conformanceFaults(
    { target, manifest: read.manifest, evidence: read.evidence, bytes },
    catalogue,
  );
  const [judged] = await judgeOffline([read], { files, trust, now, evidenceStore: files.documents });
  if (judged === undefined) throw new TypeError('no verdict');
  requireBelievable(judged, { faults, isTrustedRegistry: judge.isTrustedRegistry });
}

function targetOf(fileName: string, { catalogue }: TagJudge) {
  try {
    return targetNamed(fileName, catalogue);
  } catch (error) {
    throw asRefusal(error);
  }
}

/** That what a registry sent does not parse is no mistake of the user's. */
function asRefusal(error: unknown): VerificationError {
  if (!(error instanceof UsageError)) return asFault(error);
  if (error.code === 'TRUST_INVALID') throw error;
  const code = error.code === 'USAGE' ? 'SUBJECT_MISMATCH' : 'EVIDENCE_MALFORMED';
  return new VerificationError(code, error.message, { hint: error.hint, cause: error });
}
