/** `assay verify-checksums`: files against a checksum file by hand, as `sha256sum --check` after `gpgv` or cosign. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import {
  digestsOf,
  parseChecksums,
  type Checksums,
  type WantedChecksum,
} from '../formats/upstream/checksums.ts';
import { hashFile } from '../io/file-reading.ts';
import { digestAlgorithm, type Digest } from '../model/digest.ts';
import { AssayError, UsageError, VerificationError } from '../model/errors.ts';
import { checksumFile } from '../verify/methods/checksum-file.ts';
import { chooseSigner, type ChecksumSignerFlags } from './shared/checksum-signers.ts';
import { tellVerdicts, type FileVerdict } from './shared/checksum-verdicts.ts';
import { readDocument } from './shared/file-documents.ts';
import type { Host } from './shared/host.ts';
import {
  addOutputOptions,
  addTimeOption,
  collectFile,
  type OutputFlags,
  type TimeFlags,
} from './shared/options.ts';
import { addSignerOptions, addTrustedRootOption } from './shared/sigstore-inputs.ts';
import { verifyOvaFile } from './verify-ova.ts';

interface Flags extends OutputFlags, TimeFlags, ChecksumSignerFlags {
  readonly checksums?: string;
  readonly name?: string;
  readonly ova?: true;
}

export function defineVerifyChecksums(command: Command, host: Host): void {
  command
    .description(
      'Verifies the signature of a checksum file: a Sigstore bundle beside it, an OpenPGP signature beside it, or ' +
        'one around its text (--keyring alone). Then compares each file with its line, which is the one of its ' +
        'base name. Without these flags nobody vouches for the checksum file: that protects against accidents ' +
        'only, and the assurance is "checksum". Exit code 5 if one of the files is not to be trusted. ' +
        'An OVA (--ova) has its checksum file inside; the same flags say who must have signed that.',
    )
    .argument('<files...>', 'what to verify')
    .option('--checksums <file>', 'lines of sha256sum, of BSD or of OVF, or one bare digest')
    .option('--ova', 'the file is an OVA: its members, by the manifest (.mf) in it')
    .option(
      '--name <name>',
      'what the checksum file calls the file, such as dist/NAME, in place of its base name',
    )
    .option('--bundle <file>', 'a Sigstore bundle; repeatable, one that vouches is enough', collectFile);
  addSignerOptions(command).option('--key <file>', 'a public key in PEM, in place of an identity');
  addTrustedRootOption(command)
    .option('--openpgp-signature <file>', 'a detached signature, armored or binary')
    .option('--keyring <file>', 'OpenPGP keys that may vouch; repeatable', collectFile);
  addOutputOptions(addTimeOption(command));
  command.addHelpText(
    'after',
    '\nExamples:\n  assay verify-checksums --checksums SHA256SUMS --openpgp-signature SHA256SUMS.asc \\\n' +
      '    --keyring project.asc tool.tar.gz\n' +
      '  assay verify-checksums --checksums checksums.txt --bundle checksums.txt.sigstore.json \\\n' +
      '    --certificate-identity https://github.com/owner/name/.github/workflows/release.yml@refs/tags/v1 \\\n' +
      '    --certificate-oidc-issuer https://token.actions.githubusercontent.com tool.tar.gz\n' +
      '  assay verify-checksums --ova image.ova',
  );
  command.action(async (files: readonly string[], flags: Flags) => {
    await run(files, flags, host);
  });
}

async function run(files: readonly string[], flags: Flags, host: Host): Promise<void> {
  const { checksums: what, name } = flags;
  if (flags.ova === true) {
    await verifyOvaFile(files, flags, host);
    return;
  }
  if (what === undefined) {
    throw new UsageError('USAGE', '--checksums is missing', {
      hint: 'Or --ova, for what has its own inside.',
    });
  }
  if (name !== undefined && files.length > 1) {
    throw new UsageError('USAGE', `--name is of one file, and ${files.length} are given`);
  }
  const authenticate = chooseSigner(flags, flags.now ?? host.now());
  const authentic = await authenticate(await readDocument(checksumFile, what));
  const checksums = parseChecksums(authentic.text, what);
  const verdicts: FileVerdict[] = [];
  for (const file of files) {
    const wanted = { name: name ?? basename(file), nameless: authentic.assurance === 'checksum' };
    verdicts.push(await judge(file, wanted, checksums, what));
  }
  await tellVerdicts({ authentic, verdicts, what }, flags, host);
}

/** One file; what is wrong with it does not keep the others from being looked at. */
async function judge(
  file: string,
  wanted: WantedChecksum,
  checksums: Checksums,
  what: string,
): Promise<FileVerdict> {
  const { name } = wanted;
  let digest: Digest | undefined;
  try {
    // As both sha256sum and sha512sum would have it: none of its lines may be wrong. The first is the one that is told.
    for (const expected of digestsOf(checksums, wanted, what)) {
      const found = await hashFile(file, digestAlgorithm(expected));
      digest ??= found;
      if (found !== expected) throw otherBytes(file, found, expected, what);
    }
    return { file, label: file, name, digest, error: undefined };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return { file, label: file, name, digest, error };
  }
}

function otherBytes(file: string, found: Digest, expected: Digest, what: string): VerificationError {
  return new VerificationError(
    'DIGEST_MISMATCH',
    `${file} has the digest ${found}, expected ${expected} after ${what}`,
    {
      hint: 'Do not use it: it was changed, cut short, or is of another release than the checksum file.',
      context: { file, expected, found },
    },
  );
}
