/**
 * What the update of Sigstore's trusted root leaves in the trust directory: the file, the signed metadata that proves it
 * from the pinned root of the TUF repository on, and a pin that lists both. No root is ever taken out of the chain.
 */
import { setOrAddList, setScalar } from '../../formats/own/edit-pins.ts';
import type { Anchor } from '../../verify/anchors/anchor.ts';
import type { SigstorePin } from '../../verify/anchors/sigstore.ts';
import type { ChangedFile } from './anchor-update.ts';
import type { FetchedTrustedRoot } from './fetch-trusted-root.ts';

/** The pin as it is to be: of these bytes, of what proves them, and with the digest that it had among the former ones. */
export function pinAfter(pin: SigstorePin, { digest, rootVersions }: FetchedTrustedRoot): SigstorePin {
  const { former = [], signed = [fileNameBeside(pin.file, 'targets')] } = pin;
  const isFormer = pin.digest !== digest && !former.includes(pin.digest);
  return {
    ...pin,
    digest,
    ...(isFormer ? { former: [...former, pin.digest] } : {}),
    signed: [...signed, ...rootVersions.map(({ version }) => fileNameBeside(pin.root.file, String(version)))],
  };
}

/** `sigstore-root.json` and `17`: `sigstore-root-17.json`. */
function fileNameBeside(name: string, suffix: string): string {
  return name.replace(/\.json$/, `-${suffix}.json`);
}

/** The files that differ: the trusted root, the targets metadata, and the roots that follow the known one. */
export function filesOf(
  { bytes, targets, rootVersions }: FetchedTrustedRoot,
  after: SigstorePin,
  anchor: Anchor<SigstorePin>,
): readonly ChangedFile[] {
  const { pin } = anchor;
  const { signed: [targetsName = '', ...roots] = [] } = after;
  const { path, name } = anchor.file(pin.file);
  const directory = path.slice(0, -name.length);
  const listed = new Set(anchor.kind.files(pin).map(([, one]) => one));
  const newRoots = roots.slice(roots.length - rootVersions.length);
  const wanted: readonly (readonly [string, Uint8Array])[] = [
    [pin.file, bytes],
    [targetsName, targets],
    ...rootVersions.map((root, index) => [newRoots[index] ?? '', root.bytes] as const),
  ];
  return wanted.flatMap(([one, content]) => {
    const before = listed.has(one) ? anchor.file(one).bytes : undefined;
    if (before !== undefined && Buffer.compare(before, content) === 0) return [];
    return [{ name: one, path: directory + one, bytes: content }];
  });
}

/** Of the text of pins.yaml, from the one pin to the other. */
export function editOf(name: string, before: SigstorePin, after: SigstorePin): (text: string) => string {
  const path = (field: string) => ['anchors', name, field];
  return (text) =>
    (['signed', 'former'] as const).reduce(
      (edited, field) => {
        const [old = [], list = []] = [before[field], after[field]];
        if (list.length === old.length) return edited;
        return setOrAddList(edited, path(field), 'sources', list, (item) => item);
      },
      setScalar(text, path('digest'), after.digest),
    );
}
