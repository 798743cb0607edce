/** `assay verify-release`: one link of an apt chain by hand, as gpgv checks it. */
import type { Command } from 'commander';
import { parseRelease } from '../formats/upstream/release.ts';
import { authenticateRelease, checkFreshness, inReleaseFile } from '../verify/apt/release.ts';
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
  readonly checkDates?: true;
}

export function defineVerifyRelease(command: Command, host: Host): void {
  command
    .description(
      'Verifies the framing and the OpenPGP signatures of an InRelease file against keyrings, and prints the ' +
        'signed text. Exit code 5 if it is not to be trusted.',
    )
    .argument('<inrelease>', 'the clearsigned file')
    .requiredOption('--keyring <file>', 'keys that may vouch; repeatable', collectFile)
    .option('--check-dates', 'also refuse a Date in the future and a Valid-Until in the past');
  addOutputOptions(addTimeOption(command));
  command.addHelpText(
    'after',
    '\nExample:\n  assay verify-release --keyring trust/debian-archive.asc --check-dates InRelease',
  );
  command.action(async (inRelease: string, flags: Flags) => {
    await run(inRelease, flags, host);
  });
}

async function run(inRelease: string, flags: Flags, host: Host): Promise<void> {
  const now = flags.now ?? host.now();
  const document = await readDocument(inReleaseFile, inRelease);
  const keyring = await openKeyringFiles(flags.keyring);
  const signed = await authenticateRelease({ ...document, keyring, now });
  if (flags.checkDates === true) {
    checkFreshness(parseRelease(signed.text, inRelease), {}, now, inRelease);
  }
  if (flags.json !== true) {
    await host.out.writeRaw(signed.text);
    await host.out.writeRaw('\n');
    return;
  }
  await host.out.document({
    verified: true,
    signedTextSha256: digestHex(digestOf('sha256', signed.text)),
    signers: signed.signers,
    ignored: signed.ignored,
    verifiedAt: now,
  });
}
