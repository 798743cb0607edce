/** `assay verify-keys`: one key block against its pins by hand, as `update-trust` checks what it fetches. */
import type { Command } from 'commander';
import { readFileStart } from '../io/file-reading.ts';
import { UsageError } from '../model/errors.ts';
import { keyDocument } from '../render/trust-document.ts';
import { renderKeys } from '../render/trust-review.ts';
import { namingDocument } from '../verify/naming.ts';
import { verifyKeyBlock } from '../verify/openpgp/key-block.ts';
import { parsePin } from '../verify/openpgp/pin.ts';
import { maxKeyFileBytes } from '../verify/openpgp/read-keys.ts';
import type { Host } from './shared/host.ts';
import { addOutputOptions, addTimeOption, type OutputFlags, type TimeFlags } from './shared/options.ts';

interface Flags extends OutputFlags, TimeFlags {
  readonly pin: readonly string[];
  readonly retired?: readonly string[];
}

export function defineVerifyKeys(command: Command, host: Host): void {
  command
    .description(
      'Verifies that the primary keys of a file, armored or binary, are exactly the ' +
        'pinned ones besides retired ones, that none of them is revoked or weak, that ' +
        'each can sign and one at least may today, and prints them. Exit code 5 if not.',
    )
    .argument('<file>', 'the OpenPGP public keys')
    .requiredOption('--pin <fingerprint>', 'the full fingerprint of a primary key; repeatable', collectPin)
    .option(
      '--retired <fingerprint>',
      'the full fingerprint of one that may be there too, in whatever state; repeatable',
      collectPin,
    );
  addOutputOptions(addTimeOption(command));
  command.addHelpText(
    'after',
    '\nExample:\n  assay verify-keys --pin "04B5 4C3C DCA7 9751 B16B  C6B5 2256 29DF 75B1 88BD" archive-key-13.asc',
  );
  command.action(async (file: string, flags: Flags) => {
    await run(file, flags, host);
  });
}

function collectPin(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), parsePin(text)];
}

async function run(file: string, flags: Flags, host: Host): Promise<void> {
  const now = flags.now ?? host.now();
  // One byte more than allowed is enough to see that it is too large.
  const bytes = await readFileStart(file, maxKeyFileBytes + 1);
  const pins = { fingerprints: flags.pin, retired: flags.retired ?? [] };
  const both = pins.retired.find((one) => pins.fingerprints.includes(one));
  if (both !== undefined) {
    throw new UsageError('USAGE', `${both} is given as pinned and as retired: a key is one or the other`);
  }
  const { keys, notes } = await namingDocument(file, () => verifyKeyBlock(bytes, pins, now));
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  for (const note of notes) reporter.warn(`${file}: ${note}`);
  if (flags.json !== true) {
    await host.out.lines(renderKeys(keys, now));
    return;
  }
  await host.out.document('verify-keys', {
    verified: true,
    keys: keys.map((key) => keyDocument(key, now)),
    notes,
    verifiedAt: now.toISOString(),
  });
}
