/**
 * Every entry of manifests judged again, by what was kept beside them and by the trust anchors, and by nothing else: no
 * network, no catalogue.
 *
 * What is expected of an entry follows from the question that its proof answers. The method that made the proof judges its
 * documents, by the time of its judgement and by the anchors of then, as far as today's pins know them. Nobody signs the
 * question or that time: who can write to the evidence can ask another question of other documents, and gets a verdict
 * about that. Whose word it rests on is part of the answer (`judged`), and for the reader to look at.
 */
import type { BootProofs } from '../../formats/own/boot-proofs.ts';
import { manifestFileName, osBootName, type Manifest } from '../../formats/own/manifest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import { failed } from '../../sources/failed.ts';
import type { Trust } from '../../verify/anchors/trust.ts';
import { once } from '../../verify/method.ts';
import { Trail } from '../../verify/trail.ts';
import { readBootProofs, verifyBoot } from '../shared/boot-proof.ts';
import { KeptDocuments } from '../shared/kept-documents.ts';
import { EntryJudge } from './entry-judge.ts';
import { planOf } from './plan.ts';
import type { ReadManifest } from './read-manifests.ts';
import { refusalOf, type OfflineEntry, type OfflineManifest, type Refusal } from './verdict.ts';

export interface OfflineInput {
  readonly files: FileStore;
  readonly trust: Trust;
  /** No proof is judged later than this, and what would be refused by now is said. */
  readonly now: Date;
  /** The directory of documents that are too large to be kept beside manifests. */
  readonly evidenceStore?: string | undefined;
}

/** Throws UsageError `FILE_UNREADABLE` for files that cannot be read, and `TRUST_INVALID`; all else is in the verdicts. */
export async function judgeOffline(
  manifests: readonly ReadManifest[],
  input: OfflineInput,
): Promise<readonly OfflineManifest[]> {
  // What manifests of one directory share is read and judged once.
  const judges = new Map<string, EntryJudge>();
  const planned = manifests.map((one) => {
    const { directory } = one;
    const judge = judges.get(directory) ?? new EntryJudge({ ...documentsOf(directory, input), ...input });
    judges.set(directory, judge);
    const plans = planOf(one.manifest, one.evidence);
    // Of all entries, before the first is judged: an index is searched once for all of them.
    for (const plan of plans) judge.announce(plan);
    return { ...one, judge, plans };
  });
  const bootProofs = new Map<string, Promise<BootProofs | undefined>>();
  return Promise.all(
    planned.map(async ({ file, fileName, directory, manifest, bytes, judge, plans }) => {
      const proofs = once(bootProofs, directory, () => readBootProofs(directory, input.files));
      const entries = plans.map(async (plan) => ({ fileName, ...(await judge.judge(plan)) }));
      const boot = bootVerdict(manifest, await proofs, documentsOf(directory, input).small);
      return {
        ...{ file, fileName, manifest, bytes, refusals: fileRefusals(fileName, manifest) },
        entries: [...(await Promise.all(entries)), ...(await boot).map((one) => ({ fileName, ...one }))],
      };
    }),
  );
}

/** Nobody signs what was read out of an image: it is what was recorded, or refused. */
async function bootVerdict(
  { vmconfig: { os } }: Manifest,
  proofs: BootProofs = {},
  documents: KeptDocuments,
): Promise<readonly Omit<OfflineEntry, 'fileName'>[]> {
  if (os.boot === undefined) return [];
  const none = {
    slot: undefined,
    entry: undefined,
    evidence: undefined,
    judged: undefined,
    since: undefined,
  };
  const told = { name: osBootName, ...none, trail: new Trail() };
  try {
    const boot = await verifyBoot(os, proofs, documents);
    return [{ ...told, verdict: 'recorded', refusal: undefined, boot }];
  } catch (error) {
    const { error: refused } = failed(error);
    const link = refused.code === 'EVIDENCE_MISSING' ? 'proof' : undefined;
    return [{ ...told, verdict: 'refused', refusal: refusalOf(refused, link) }];
  }
}

/** Its name says what a manifest is of, and which evidence is about it. */
function fileRefusals(fileName: string, { vmconfig: { kind, os } }: Manifest): readonly Refusal[] {
  const expected = manifestFileName(kind, os.name, os.arch);
  if (fileName === expected) return [];
  const error = new VerificationError(
    'SUBJECT_MISMATCH',
    `it says that it is of ${kind}, ${os.name} and ${os.arch}: expected the name ${expected}, found ${fileName}`,
    {
      hint: 'The manifest was edited, or another file put in its place: restore it from version control.',
      context: { expected, found: fileName },
    },
  );
  return [{ link: 'entry', which: undefined, error }];
}

function documentsOf(directory: string, { files, evidenceStore }: OfflineInput) {
  return {
    documents: new KeptDocuments(directory, files, [], evidenceStore),
    small: new KeptDocuments(directory, files),
  };
}
