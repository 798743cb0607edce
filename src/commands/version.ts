/** `assay --version --verbose`, and `--json`: what this program was built from, and whom it trusts. */
import type { PinsSummary, VersionDocument } from '../formats/own/documents/machine.ts';
import { createFileStore } from '../io/file-store.ts';
import { node, system } from '../io/machine.ts';
import { commit, committedAt, isModified } from '../model/build.ts';
import { AssayError } from '../model/errors.ts';
import { version } from '../model/version.ts';
import { readTrust } from '../pipeline/trust/anchors.ts';
import { summarizeTrust } from '../pipeline/trust/summary.ts';
import { renderVersion } from '../render/version.ts';
import type { Trust } from '../verify/anchors/trust.ts';
import { bundledTrust } from './shared/bundled-trust.ts';
import type { Host } from './shared/host.ts';

export async function tellVersion({ isJson }: { readonly isJson: boolean }, host: Host): Promise<void> {
  const now = host.now();
  const trust = [
    await summaryOf('trust/pins.yaml', true, bundledTrust, now),
    await summaryOf('trust/pins.yaml', false, () => readTrust('trust', createFileStore()), now),
  ];
  const document: VersionDocument = {
    ...{ version, isModified, node, platform: system },
    ...(commit === undefined ? {} : { commit }),
    ...(committedAt === undefined ? {} : { committedAt }),
    trust: trust.filter((one) => one !== undefined),
  };
  if (isJson) await host.out.document('version', document);
  else await host.out.lines(renderVersion(document, Math.max(host.out.width() ?? 80, 20)));
}

/** Undefined where this folder has no pins. */
async function summaryOf(
  path: string,
  isBundled: boolean,
  read: () => Promise<Trust>,
  now: Date,
): Promise<PinsSummary | undefined> {
  try {
    if (!isBundled && (await createFileStore().read(path)) === undefined) return undefined;
    return await summarizeTrust(await read(), isBundled, now);
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return { path, isBundled, error: error.message, anchors: [] };
  }
}
