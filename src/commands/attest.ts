/** `assay attest`: what was judged again, as a statement for others to sign. */
import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { createFileStore } from '../io/file-store.ts';
import { loadCatalogue } from '../pipeline/manifests/catalogue.ts';
import { conformanceFaults, targetNamed } from '../pipeline/manifests/conformance.ts';
import { judgeOffline } from '../pipeline/proofs/judge-offline.ts';
import type { ReadManifest } from '../pipeline/proofs/read-manifests.ts';
import { verifiedEntries, type VerifiedEntry } from '../pipeline/proofs/verified-entries.ts';
import { readTrust } from '../pipeline/trust/anchors.ts';
import { isUri, verificationSummary, type Level, type NamedDigest } from '../render/verification-summary.ts';
import { digestOf } from '../verify/digest.ts';
import type { Host } from './shared/host.ts';
import { readRequired } from './shared/input-files.ts';
import { addJudgingOptions, readNamedManifests, type JudgingFlags } from './shared/judged-manifests.ts';
import {
  addOutputFileOption,
  refuseInputAsOutput,
  writeJsonResult,
  type OutputFileFlags,
} from './shared/rendering.ts';

interface Flags extends OutputFileFlags, JudgingFlags {
  readonly catalogue: string;
  readonly allowPartial?: true;
  readonly verifierId?: string;
  readonly resourceUri?: string;
  readonly policyUri?: string;
}

export function defineAttest(command: Command, host: Host): void {
  command
    .description(
      'Judges every entry again by its kept proof, without a network, and only then writes an in-toto Statement v1 ' +
        'with a SLSA Verification Summary v1: the manifest and its files as subjects, catalogue and pins as policy, ' +
        'all that was read as inputs, each by digest. Nothing is signed: cosign attest-blob does that. Of several ' +
        'manifests there is a statement a line. Exit code 5, and no statement, where an entry is not verified.',
    )
    .argument('<manifests...>', '<kind>.<os>.<arch>.json, with evidence/ beside it')
    .option('--catalogue <file>', 'what was wanted: the policy', 'manifests/catalogue.yaml')
    .option('--allow-partial', 'state it of entries whose index is not at hand, too, and say so')
    .option('--verifier-id <uri>', 'who states it, as its consumers know the signer', parseUri)
    .option('--resource-uri <uri>', 'what the manifest is called where it is used', parseUri)
    .option('--policy-uri <uri>', 'where the catalogue is published', parseUri);
  addOutputFileOption(addJudgingOptions(command));
  command.addHelpText(
    'after',
    '\nExample:\n  assay attest manifests/knc.debian-13.amd64.json -o statement.json\n' +
      '  cosign attest-blob --statement statement.json --bundle knc.sigstore.json',
  );
  command.action(async (paths: readonly string[], flags: Flags) => {
    await refuseInputAsOutput(flags.output, [...paths, flags.catalogue]);
    const statements = await stateAll(await readNamedManifests(paths), flags, host);
    const isOne = statements.length === 1;
    const text = statements.map((one) => `${JSON.stringify(one, null, isOne ? 2 : undefined)}\n`).join('');
    await writeJsonResult(text, flags, host);
  });
}

async function stateAll(
  manifests: readonly ReadManifest[],
  flags: Flags,
  host: Host,
): Promise<readonly object[]> {
  const reporter = host.reporter({ quiet: false, verbose: false });
  const files = createFileStore();
  const now = flags.now ?? host.now();
  const bytes = await readRequired(flags.catalogue, files);
  const trust = await readTrust(flags.trustDir, files);
  const catalogue = loadCatalogue(bytes, flags.catalogue, trust);
  const policy = {
    catalogue: { name: basename(flags.catalogue), digest: digestOf('sha256', bytes) },
    pins: { name: basename(trust.pinsFile.path), digest: digestOf('sha256', trust.pinsFile.bytes) },
  };
  const states = manifests.map((one) => {
    const { fileName, manifest, evidence, evidenceBytes } = one;
    const target = targetNamed(fileName, catalogue);
    return { target, manifest, evidence, bytes: { manifest: one.bytes, evidence: evidenceBytes } };
  });
  const { evidenceStore } = flags;
  const judged = await judgeOffline(manifests, { files, trust, now, evidenceStore });
  return manifests.map((one, at) => {
    const [state, verdicts] = [states[at], judged[at]];
    if (state === undefined || verdicts === undefined) throw new TypeError(`no verdict on ${one.file}`);
    const faults = conformanceFaults(state, catalogue);
    const entries = verifiedEntries(verdicts, { faults, allowsPartial: flags.allowPartial === true });
    for (const { name, since } of verdicts.entries) {
      if (since !== undefined)
        reporter.warn(`${name} held when it was judged, and would not now: ${since.message}`);
    }
    const digest = digestOf('sha256', one.bytes);
    return verificationSummary({
      manifest: { name: one.fileName, digest, version: one.manifest.vmconfig.version },
      artifacts: entries.map((entry) => ({
        ...{ name: entry.name, digest: entry.evidence.digest, level: levelOf(entry) },
      })),
      ...policy,
      inputs: inputsOf(one, entries),
      timeVerified: now,
      ...{ verifierId: flags.verifierId, resourceUri: flags.resourceUri, policyUri: flags.policyUri },
    });
  });
}

function levelOf({ evidence: { assurance }, isUpToIndex }: VerifiedEntry): Level {
  if (assurance === 'pinned') return 'ASSAY_PINNED';
  if (assurance === 'checksum') return 'ASSAY_CHECKSUM';
  if (isUpToIndex) return 'ASSAY_SIGNED_UP_TO_INDEX';
  return assurance === 'attested' ? 'ASSAY_ATTESTED' : 'ASSAY_SIGNED';
}

function inputsOf(
  { fileName, evidenceBytes = new Uint8Array() }: ReadManifest,
  judged: readonly VerifiedEntry[],
): readonly NamedDigest[] {
  const read = judged.flatMap(({ evidence: { documents, anchors } }) => [
    ...documents.map(({ url, digest }) => ({ name: url, digest })),
    ...anchors.map(({ name, digest }) => ({ name, digest })),
  ]);
  const proofs = { name: `evidence-${fileName}`, digest: digestOf('sha256', evidenceBytes) };
  return [proofs, ...read.sort((one, other) => (one.name < other.name ? -1 : 1))];
}

function parseUri(text: string): string {
  if (isUri(text)) return text;
  throw new InvalidArgumentError('Write a URI, with its scheme.');
}
