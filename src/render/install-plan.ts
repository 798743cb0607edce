/**
 * The install plan, `vmconfig-manifest.sh`: what of a manifest the install script on a VM needs, as shell that it
 * sources, since it has no JSON parser. The format is a contract with that script.
 */
import { entriesOf } from '../formats/own/manifest-entries.ts';
import { stubKey } from '../formats/own/manifest-schema.ts';
import type { Manifest } from '../formats/own/manifest.ts';
import type { ArtifactType } from '../model/artifact.ts';
import { digestHex, type Digest } from '../model/digest.ts';
import { shellQuote } from './shell-quote.ts';

/**
 * `manifestDigest`: SHA-256 of the manifest's exact bytes. Every dependency is listed, and so is the stub of a vmconfig
 * under development, with no digest: the install script leaves out the name `vmconfig`. Throws UsageError `USAGE` for
 * text that no shell can hold, which no manifest has.
 */
export function renderInstallPlan(manifest: Manifest, manifestDigest: Digest): string {
  const entries = entriesOf(manifest).flatMap((one) =>
    one.slot === 'dependency' || one.slot === 'stub' ? [{ key: one.key, ...one.entry }] : [],
  );
  const own = entries.find(({ key }) => key === stubKey);
  const keysOf = (type: ArtifactType) => entries.filter((entry) => entry.type === type).map(({ key }) => key);
  const all = entries.map(({ key, type, digest }) => [key, type, digest].join('\t'));
  return [
    '#!/usr/bin/env bash',
    '# Install plan of a vmconfig manifest, written by assay. Do not edit: the manifest is what counts.',
    // Without quotes: the install script looks for this line, of hex alone, before it sources the rest.
    `VMCONFIG_MANIFEST_JSON_SHA256=${digestHex(manifestDigest)}`,
    `VMCONFIG_KIND=${shellQuote(manifest.vmconfig.kind)}`,
    `VMCONFIG_URL=${shellQuote(own?.url ?? '')}`,
    `VMCONFIG_DIGEST=${shellQuote(own?.digest ?? '')}`,
    ...array('VMCONFIG_DEPENDENCIES_ALL', all),
    ...array('VMCONFIG_DEPENDENCIES_DEB', keysOf('deb')),
    ...array('VMCONFIG_DEPENDENCIES_TAR_GZ', keysOf('tar.gz')),
    ...array('VMCONFIG_DEPENDENCIES_BINARY', keysOf('binary')),
    '',
  ].join('\n');
}

function array(name: string, values: readonly string[]): string[] {
  return ['', `${name}=(`, ...values.map((value) => `  ${shellQuote(value)}`), ')'];
}
