/** `assay verify-checksums --ova`: what is in an OVA against the manifest in it. It is read once, as a stream. */
import { openArchiveFile } from '../io/archive-file.ts';
import { readTar } from '../io/tar-reading.ts';
import { UsageError } from '../model/errors.ts';
import { verifyOva } from '../verify/archive/ova.ts';
import { chooseSigner, type ChecksumSignerFlags } from './shared/checksum-signers.ts';
import { tellVerdicts } from './shared/checksum-verdicts.ts';
import type { Host } from './shared/host.ts';
import type { OutputFlags, TimeFlags } from './shared/options.ts';

interface OvaFlags extends OutputFlags, TimeFlags, ChecksumSignerFlags {
  readonly checksums?: string;
  readonly name?: string;
}

/** Throws UsageError `USAGE`, and what `verifyOva` throws. */
export async function verifyOvaFile(files: readonly string[], flags: OvaFlags, host: Host): Promise<void> {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) {
    throw new UsageError('USAGE', `--ova is of one file, and ${files.length} are given`);
  }
  if ((flags.checksums ?? flags.name) !== undefined) {
    throw new UsageError(
      'USAGE',
      'an OVA has its checksums inside: --ova takes no --checksums and no --name',
      {
        hint: 'To verify the OVA as one file, leave out --ova.',
      },
    );
  }
  const authenticate = chooseSigner(flags, flags.now ?? host.now());
  const { bytes } = await openArchiveFile(file, { compression: 'none', maxBytes: Number.MAX_SAFE_INTEGER });
  const { authentic, members } = await verifyOva(
    readTar(bytes, file),
    (manifest, url) => authenticate({ bytes: manifest, url }),
    file,
  );
  const verdicts = members.map((member) => ({ ...member, file, label: member.name }));
  await tellVerdicts({ authentic, verdicts, what: `the manifest in ${file}` }, flags, host);
}
