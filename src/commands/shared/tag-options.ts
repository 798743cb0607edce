/** Flags for a manifest that a tag of a registry leads to: what it is judged by (tag-judge.ts). */
import type { Command } from 'commander';
import { isOciPlace } from '../../formats/own/oci-place.ts';
import { UsageError } from '../../model/errors.ts';
import { addTimeOption, type TimeFlags } from './options.ts';

export interface TagFlags extends TimeFlags {
  readonly trustDir?: string;
  readonly catalogue?: string;
  readonly evidenceStore?: string;
  readonly trustedRegistry?: true;
}

export function addTagOptions(command: Command): Command {
  command
    .option(
      '--trust-dir <dir>',
      'for oci://…:TAG: the pinned trust anchors that judge its proofs (default: trust)',
    )
    .option('--catalogue <file>', 'for oci://…:TAG: what was wanted (default: manifests/catalogue.yaml)')
    .option('--evidence-store <dir>', 'for oci://…:TAG: where documents are that are too large to be pushed')
    .option('--trusted-registry', 'for oci://…:TAG: believe the registry where upstream signs nothing');
  return addTimeOption(command);
}

/** Passed over, they would look like a check. Throws UsageError `USAGE`. */
export function requireTagFlags(name: string, flags: TagFlags): void {
  if (isOciPlace(name) && !name.includes('@')) return;
  const given = (['trustDir', 'catalogue', 'evidenceStore', 'trustedRegistry', 'now'] as const).find(
    (flag) => flags[flag] !== undefined,
  );
  if (given === undefined) return;
  const flag = given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(
    'USAGE',
    `--${flag} is for what a tag leads to: a manifest at hand, or a digest, is believed`,
    {
      hint: 'Leave it out, or judge the manifest: verify --offline.',
    },
  );
}
