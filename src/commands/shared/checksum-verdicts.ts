/** How the verdict on files by their checksums is told: to people, to machines, and by the exit code. */
import type { Digest } from '../../model/digest.ts';
import type { DocumentOf } from '../../formats/own/documents/documents.ts';
import type { AssayError } from '../../model/errors.ts';
import type { AuthenticChecksums } from './checksum-signers.ts';
import type { Host } from './host.ts';
import type { OutputFlags } from './options.ts';
import { reportFailures, worstExitCode } from './report-error.ts';

export interface FileVerdict {
  readonly file: string;
  /** For people, and in failures: of an archive's member, its name. */
  readonly label: string;
  /** What the checksum file was asked for. */
  readonly name: string;
  /** That the file was found to have; undefined where it was not read. */
  readonly digest: Digest | undefined;
  readonly error: AssayError | undefined;
}

export interface ChecksumResult {
  readonly authentic: AuthenticChecksums;
  readonly verdicts: readonly FileVerdict[];
  /** The checksum file. */
  readonly what: string;
}

/** Prints the result, warns where nobody vouched, and sets the exit code. */
export async function tellVerdicts(result: ChecksumResult, flags: OutputFlags, host: Host): Promise<void> {
  const { authentic, verdicts, what } = result;
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  if (flags.json === true) await host.out.document('verify-checksums', documentOf(authentic, verdicts));
  else await host.out.lines(linesOf(authentic, verdicts));
  if (authentic.assurance === 'checksum') {
    reporter.warn(`no signature was verified: ${what} is worth as much as the place that it came from`);
  }
  const failures = failuresOf(verdicts);
  reportFailures(failures, reporter);
  if (failures.length > 0) host.setExitCode(worstExitCode(failures.map(({ error }) => error)));
}

function failuresOf(verdicts: readonly FileVerdict[]) {
  return verdicts.flatMap(({ label, error }) => (error === undefined ? [] : [{ name: label, error }]));
}

function documentOf(
  { assurance, document }: AuthenticChecksums,
  verdicts: readonly FileVerdict[],
): DocumentOf<'verify-checksums'> {
  const failures = failuresOf(verdicts);
  return {
    verified: failures.length === 0,
    assurance,
    ...document,
    files: verdicts.map(({ file, name, digest = null, error }) => ({
      ...{ file, name, digest },
      verified: error === undefined,
    })),
    failures,
  };
}

/** `verified` and the assurance, who vouched, then a line for each file. */
function linesOf({ assurance, fields }: AuthenticChecksums, verdicts: readonly FileVerdict[]): string[] {
  const isVerified = verdicts.every(({ error }) => error === undefined);
  const head = [['verified', String(isVerified)], ['assurance', assurance], ...fields];
  const files = verdicts.map(
    ({ label, digest, error }) => `${label}: ${error === undefined ? `verified ${digest ?? ''}` : 'refused'}`,
  );
  return [...head.map(([field, value]) => `${field}: ${value}`), ...files];
}
