/** `assay verify-release`: one link of an apt chain by hand, as gpgv checks it. */
import type { Command } from 'commander';
import { parseRelease } from '../formats/upstream/release.ts';
import {
  authenticateRelease,
  checkFreshness,
  inReleaseFile,
  releaseFile,
  releaseSignatureFile,
} from '../verify/apt/release.ts';
import { digestOf } from '../verify/digest.ts';
import { digestHex } from '../model/digest.ts';
import { readDocument } from './shared/file-documents.ts';
import type { Host } from './shared/host.ts';
import { openKeyringFiles } from './shared/input-files.ts';
import {
  addOutputOptions,
  addTimeOption,
  collectFile,
  type OutputFlags,
  type TimeFlags,
} from './shared/options.ts';

interface Flags extends OutputFlags, TimeFlags {
  readonly keyring: readonly string[];
  readonly signature?: string;
  readonly checkDates?: true;
}

export function defineVerifyRelease(command: Command, host: Host): void {
  command
    .description(
      'Verifies the framing and the OpenPGP signatures of an InRelease file, or of Release and Release.gpg, against ' +
        'keyrings, and prints the signed text. Exit code 5 if it is not to be trusted.',
    )
    .argument('<release>', 'the clearsigned file; with --signature, the Release')
    .requiredOption('--keyring <file>', 'keys that may vouch; repeatable', collectFile)
    .option('--signature <file>', 'the detached signature, Release.gpg')
    .option('--check-dates', 'also refuse a Date in the future and a Valid-Until in the past');
  addOutputOptions(addTimeOption(command));
  command.addHelpText(
    'after',
    '\nExamples:\n  assay verify-release --keyring trust/debian-archive.asc --check-dates InRelease\n' +
      '  assay verify-release --keyring trust/debian-archive.asc --signature Release.gpg Release',
  );
  command.action(async (release: string, flags: Flags) => {
    await run(release, flags, host);
  });
}

async function run(release: string, { signature, ...flags }: Flags, host: Host): Promise<void> {
  const now = flags.now ?? host.now();
  const file = await readDocument(signature === undefined ? inReleaseFile : releaseFile, release);
  const beside =
    signature === undefined ? {} : { signature: await readDocument(releaseSignatureFile, signature) };
  const keyring = await openKeyringFiles(flags.keyring);
  const signed = await authenticateRelease({ file, ...beside, keyring, now });
  if (flags.checkDates === true) {
    checkFreshness(parseRelease(signed.text, release), {}, now, release);
  }
  if (flags.json !== true) {
    await host.out.writeRaw(signed.text);
    // A cleartext message signs no newline at its end.
    if (signature === undefined) await host.out.writeRaw('\n');
    return;
  }
  await host.out.document('verify-release', {
    verified: true,
    signedTextSha256: digestHex(digestOf('sha256', signed.text)),
    signers: signed.signers,
    ignored: signed.ignored,
    verifiedAt: now,
  });
}
