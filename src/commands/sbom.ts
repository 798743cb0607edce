/** `assay sbom`: a bill of materials of manifests. */
import type { Command } from 'commander';
import type { EvidenceFile } from '../formats/own/evidence.ts';
import { UsageError } from '../model/errors.ts';
import { renderSbom, serialNumberOf, type SbomManifest } from '../render/sbom.ts';
import { digestOf } from '../verify/digest.ts';
import type { Host } from './shared/host.ts';
import { readNamedManifests } from './shared/judged-manifests.ts';
import { addTimeOption, type TimeFlags } from './shared/options.ts';
import {
  addOutputFileOption,
  refuseInputAsOutput,
  writeJsonResult,
  type OutputFileFlags,
} from './shared/rendering.ts';
import { readLicences } from './shared/staged-licences.ts';

interface Flags extends OutputFileFlags, TimeFlags {
  readonly staged?: string;
}

export function defineSbom(command: Command, host: Host): void {
  command
    .description(
      'Writes a CycloneDX 1.6 bill of materials, as JSON: each file and image of the manifests with its digest, its ' +
        'package URL, and the evidence that is recorded beside the manifest. Nothing is judged again here: that is ' +
        "what attest does. The same manifests give the same bytes; the document's time is --now, or " +
        'SOURCE_DATE_EPOCH, or that of the latest evidence.',
    )
    .argument('<manifests...>', '<kind>.<os>.<arch>.json')
    .option('--staged <dir>', 'where the artifacts are: the .debs there say what their licences are');
  addOutputFileOption(addTimeOption(command));
  command.addHelpText('after', '\nExample:\n  assay sbom manifests/knc.debian-13.amd64.json -o knc.cdx.json');
  command.action(async (paths: readonly string[], flags: Flags) => {
    await refuseInputAsOutput(flags.output, paths);
    const read = await readNamedManifests(paths);
    const reporter = host.reporter({ quiet: false, verbose: false });
    for (const { file, evidenceBytes } of read) {
      if (evidenceBytes === undefined)
        reporter.warn(`there is no evidence beside ${file}: who vouched is not said`);
    }
    const manifests = read.map(({ fileName, manifest, bytes, evidence }) => ({
      ...{ fileName, manifest, evidence, digest: digestOf('sha256', bytes) },
    }));
    const createdAt = flags.now ?? sourceDate(host) ?? latestJudgement(manifests);
    const licences = flags.staged === undefined ? undefined : await readLicences(flags.staged, manifests);
    const options = { createdAt, licences };
    // Of the content itself: another bill has another number, and the same one the same.
    const content = Buffer.from(renderSbom(manifests, options));
    const serialNumber = serialNumberOf(digestOf('sha256', content));
    await writeJsonResult(renderSbom(manifests, { ...options, serialNumber }), flags, host);
  });
}

/** https://reproducible-builds.org/specs/source-date-epoch/. Throws UsageError `USAGE`. */
function sourceDate({ env }: Host): Date | undefined {
  const epoch = env['SOURCE_DATE_EPOCH'] ?? '';
  if (epoch === '') return undefined;
  if (/^\d{1,11}$/.test(epoch)) return new Date(Number(epoch) * 1000);
  throw new UsageError('USAGE', 'SOURCE_DATE_EPOCH is no number of seconds since 1970', {
    hint: 'Unset it, or give --now.',
  });
}

function latestJudgement(manifests: readonly Pick<SbomManifest, 'evidence'>[]): Date | undefined {
  const times = manifests.flatMap(({ evidence }: { readonly evidence: EvidenceFile }) =>
    Object.values(evidence).map(({ judgedAt }) => judgedAt),
  );
  const latest = times.sort().at(-1);
  return latest === undefined ? undefined : new Date(latest);
}
