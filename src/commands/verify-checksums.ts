/** `assay verify-checksums`: files against a checksum file by hand, as `sha256sum --check` after `gpgv` or cosign. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { checksumOf, parseChecksums, type Checksums } from '../formats/checksums.ts';
import { hashFile } from '../io/files.ts';
import { digestAlgorithm, type Digest } from '../model/digest.ts';
import { AssayError, UsageError, VerificationError } from '../model/errors.ts';
import {
  chooseSigner,
  readChecksums,
  type AuthenticChecksums,
  type ChecksumSignerFlags,
} from './checksum-signers.ts';
import type { Host } from './host.ts';
import { addOutputOptions, addTimeOption, type OutputFlags, type TimeFlags } from './options.ts';
import { errorDocument, reportFailures, worstExitCode } from './report-error.ts';
import { addSignerOptions, addTrustedRootOption } from './sigstore-inputs.ts';
import { collectFile } from './verify-release.ts';

interface Flags extends OutputFlags, TimeFlags, ChecksumSignerFlags {
  readonly checksums: string;
  readonly name?: string;
}

export function registerVerifyChecksums(program: Command, host: Host): void {
  const command = program
    .command('verify-checksums')
    .summary('verify files against a checksum file, and the signature of that')
    .description(
      'Verifies the signature of a checksum file: a Sigstore bundle beside it, an OpenPGP signature beside it, or\n' +
        'one around its text (--keyring alone). Then compares each file with its line, which is the one of its\n' +
        'base name. Without these flags nobody vouches for the checksum file: that protects against accidents\n' +
        'only, and the assurance is "checksum". Exit code 5 if one of the files is not to be trusted.',
    )
    .argument('<files...>', 'what to verify')
    .requiredOption('--checksums <file>', 'lines of sha256sum, of BSD or of OVF, or one bare digest')
    .option('--name <name>', 'what the checksum file calls the file, in place of its base name')
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
      '    --certificate-oidc-issuer https://token.actions.githubusercontent.com tool.tar.gz',
  );
  command.action(async (files: readonly string[], flags: Flags) => {
    await run(files, flags, host);
  });
}

interface FileVerdict {
  readonly file: string;
  /** What the checksum file was asked for. */
  readonly name: string;
  /** That the file was found to have; undefined where it was not read. */
  readonly digest: Digest | undefined;
  readonly error: AssayError | undefined;
}

async function run(files: readonly string[], flags: Flags, host: Host): Promise<void> {
  const { checksums: what, name } = flags;
  if (name !== undefined && files.length > 1) {
    throw new UsageError('USAGE', `--name is of one file, and ${files.length} are given`);
  }
  const authenticate = chooseSigner(flags, flags.now ?? host.now());
  const authentic = await authenticate(await readChecksums(what), what);
  const checksums = parseChecksums(authentic.text, what);
  const verdicts: FileVerdict[] = [];
  for (const file of files) verdicts.push(await judge(file, name ?? basename(file), checksums, what));

  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  await host.writeOut(
    flags.json === true ? renderJson(authentic, verdicts) : renderText(authentic, verdicts),
  );
  if (authentic.assurance === 'checksum') {
    reporter.warn(`no signature was verified: ${what} is worth as much as the place that it came from`);
  }
  const failures = failuresOf(verdicts);
  reportFailures(failures, reporter);
  if (failures.length > 0) host.setExitCode(worstExitCode(failures.map(({ error }) => error)));
}

/** One file; what is wrong with it does not keep the others from being looked at. */
async function judge(file: string, name: string, checksums: Checksums, what: string): Promise<FileVerdict> {
  let digest: Digest | undefined;
  try {
    const expected = checksumOf(checksums, name, what);
    const algorithm = digestAlgorithm(expected);
    digest = `${algorithm}:${(await hashFile(file, algorithm)).hex}`;
    if (digest !== expected) throw otherBytes(file, digest, expected, what);
    return { file, name, digest, error: undefined };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return { file, name, digest, error };
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

function failuresOf(verdicts: readonly FileVerdict[]) {
  return verdicts.flatMap(({ file, error }) => (error === undefined ? [] : [{ name: file, error }]));
}

function renderJson({ assurance, document }: AuthenticChecksums, verdicts: readonly FileVerdict[]): string {
  const failures = failuresOf(verdicts);
  const result = {
    verified: failures.length === 0,
    assurance,
    ...document,
    files: verdicts.map(({ file, name, digest = null, error }) => ({
      ...{ file, name, digest },
      verified: error === undefined,
    })),
    failures: failures.map(({ name, error }) => ({ name, ...errorDocument(error) })),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

/** `verified` and the assurance, who vouched, then a line for each file. */
function renderText({ assurance, fields }: AuthenticChecksums, verdicts: readonly FileVerdict[]): string {
  const isVerified = verdicts.every(({ error }) => error === undefined);
  const head = [['verified', String(isVerified)], ['assurance', assurance], ...fields];
  const lines = head.map(([field, value]) => `${field}: ${value}\n`);
  for (const { file, digest, error } of verdicts) {
    lines.push(`${file}: ${error === undefined ? `verified ${digest ?? ''}` : 'refused'}\n`);
  }
  return lines.join('');
}
