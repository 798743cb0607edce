/** The trust of a command that is given none: what is pinned here, or else what this program was released with. */
import { createFileStore } from '../../io/file-store.ts';
import { isUnder } from '../../formats/text/https-url.ts';
import { UsageError } from '../../model/errors.ts';
import { readTrust } from '../../pipeline/trust/anchors.ts';
import { openTrust, type OpenTrust, type Trust } from '../../verify/anchors/trust.ts';
import { openpgpKeys } from '../../verify/anchors/openpgp.ts';
import { bundledTrust } from './bundled-trust.ts';

/** `trust/` of the working directory, where it has pins. */
async function defaultTrust(): Promise<Trust> {
  const files = createFileStore();
  const isPinnedHere = (await files.read('trust/pins.yaml')) !== undefined;
  return isPinnedHere ? readTrust('trust', files) : bundledTrust();
}

/** `now`: the time to judge by. */
export async function openDefaultTrust(now: Date): Promise<OpenTrust> {
  return openTrust(await defaultTrust(), now);
}

/** With the anchor of OpenPGP keys whose scope `url` is in. Throws UsageError `USAGE` unless that is one. */
export async function openTrustFor(
  url: string,
  now: Date,
): Promise<{ readonly trust: OpenTrust; readonly anchor: string }> {
  const trust = await defaultTrust();
  const names = [...trust.anchors.values()]
    .filter(({ kind, pin }) => kind.type === openpgpKeys.type && isUnder(kind.scope(pin) ?? [], url))
    .map(({ name }) => name);
  const [anchor, ...others] = names;
  if (anchor !== undefined && others.length === 0) return { trust: openTrust(trust, now), anchor };
  const found = anchor === undefined ? 'no keys' : `several keys (${names.join(', ')})`;
  throw new UsageError('USAGE', `--keyring is missing, and ${trust.pinsFile.path} has ${found} for ${url}`, {
    hint: 'Name the keys that may vouch with --keyring.',
  });
}
