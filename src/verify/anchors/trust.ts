/**
 * Trust is a value: pins.yaml and the files that it names, read once (`pipeline/trust/anchors.ts`). Everything that
 * verifies, reviews or updates is given it, and knows no directory. What it holds is checked when it is opened: each
 * anchor against its pin, for its scope only.
 */
import { isUnder } from '../../formats/text/https-url.ts';
import { decodeUtf8 } from '../../formats/text/utf8.ts';
import type { Digest } from '../../model/digest.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import { digestOf } from '../digest.ts';
import type { AnchorUse, TrustSource } from '../method.ts';
import type { Anchor, AnchorKind, AnchorPin, TrustFile } from './anchor.ts';
import { openpgpKeys } from './openpgp.ts';
import { parseTrustPins } from './pins.ts';
import { sigstoreRoot } from './sigstore.ts';
import { publicGood } from './public-good.ts';

export interface Trust {
  readonly pinsFile: TrustFile & { readonly bytes: Uint8Array };
  /** By name, in the order of pins.yaml. */
  readonly anchors: ReadonlyMap<string, Anchor>;
  readonly kinds: readonly AnchorKind[];
  /** A file beside pins.yaml that some pin names, or the page of provenance. Throws UsageError `FILE_UNREADABLE`. */
  readonly file: (name: string) => TrustFile;
}

/** `file` is asked for what the pins name. Throws UsageError `TRUST_INVALID`. */
export function createTrust({ pinsFile, kinds, file }: Omit<Trust, 'anchors'>): Trust {
  const text = decodeUtf8(pinsFile.bytes, pinsFile.path, 'TRUST_INVALID');
  const { anchors: pins } = parseTrustPins(text, pinsFile.path, kinds);
  const anchors = Object.entries(pins).map(([name, pin]): [string, Anchor] => {
    const kind = kinds.find(({ type }) => type === pin.type);
    if (kind === undefined) throw new TypeError(`pins of the type ${pin.type}`);
    return [name, { name, kind, pin, file }];
  });
  return { pinsFile, kinds, file, anchors: new Map(anchors) };
}

/** For an anchor without its file. What it brings is checked as a committed file is. */
export type FetchMissing = (anchor: Anchor, now: Date) => Promise<Uint8Array>;

/** Each anchor is opened once, when it is first asked for. */
export interface OpenTrust extends TrustSource {
  /** The same trust, for one judgement: `used` then tells what that has asked for. */
  forOne(): OpenTrust;
  used(): readonly AnchorUse[];
}

/** Unless there is a `fetchMissing`, an anchor without its file is refused. */
export function openTrust(
  trust: Trust,
  now: Date,
  fetchMissing: FetchMissing = (anchor) => Promise.reject(notThere(anchor)),
): OpenTrust {
  return openBy(trust, async (anchor) => {
    const bytes = anchor.file(anchor.pin.file).bytes ?? (await fetchMissing(anchor, now));
    return { bytes, material: await anchor.kind.open(bytes, anchor, now) };
  });
}

/**
 * The trust that a kept proof was judged by at the time `then`, as far as today's knows it: `read` gives the file that an
 * anchor had, by the anchor's name. See `AnchorKind.reopen`.
 */
export function openKeptTrust(
  trust: Trust,
  then: Date,
  read: (anchor: string) => Promise<Uint8Array>,
): OpenTrust {
  return openBy(trust, async (anchor) => {
    const { name, kind } = anchor;
    const bytes = await read(name);
    const material = await (kind.reopen?.(bytes, anchor, then) ?? kind.open(bytes, anchor, then));
    return { bytes, material };
  });
}

function openBy(
  trust: Trust,
  open: (anchor: Anchor) => Promise<{ readonly bytes: Uint8Array; readonly material: unknown }>,
): OpenTrust {
  const opened = new Map<string, Promise<AnchorUse & { readonly material: unknown }>>();
  const use = async (anchor: Anchor) => {
    const { name, pin } = anchor;
    const { bytes, material } = await open(anchor);
    return { name, pin, material, file: { name: pin.file, digest: digestOf('sha256', bytes), bytes } };
  };
  const forOne = (): OpenTrust => {
    const used = new Map<string, AnchorUse>();
    const material: TrustSource['material'] = async <M>(
      kind: AnchorKind<AnchorPin, M>,
      name: string,
      url?: string,
    ) => {
      const anchor = requireAnchor(trust, kind, name);
      requireScope(anchor, url, trust.pinsFile.path);
      const opening = opened.get(name) ?? use(anchor);
      opened.set(name, opening);
      const { material: found, ...one } = await opening;
      used.set(name, one);
      return found as M;
    };
    return {
      material,
      keyring: (name, url) => material(openpgpKeys, name, url),
      trustedRoot: () => material(sigstoreRoot, publicGood),
      used: () => [...used.values()],
      get digest() {
        return digestOfTrust(trust);
      },
      forOne,
    };
  };
  return forOne();
}

/** Of pins and files, there or not; undefined where one cannot be read. */
function digestOfTrust({ pinsFile, anchors, file }: Trust): Digest | undefined {
  const digests = [digestOf('sha256', pinsFile.bytes)];
  for (const { kind, pin } of anchors.values()) {
    for (const [, name] of kind.files(pin)) {
      try {
        digests.push(digestOf('sha256', file(name).bytes ?? new Uint8Array()));
      } catch (error) {
        if (error instanceof UsageError) return undefined;
        throw error;
      }
    }
  }
  return digestOf('sha256', Buffer.from(digests.join()));
}

function requireAnchor({ anchors, pinsFile }: Trust, kind: AnchorKind, name: string): Anchor {
  const anchor = anchors.get(name);
  if (anchor?.kind === kind) return anchor;
  throw new UsageError('TRUST_INVALID', `${pinsFile.path} has no ${kind.what} ${name}`, {
    hint: `It has: ${[...anchors.keys()].join(', ') || 'no anchors at all'}. Or name a file of your own with --trusted-root.`,
    context: { anchor: name },
  });
}

/** Throws VerificationError `SIGNER_UNTRUSTED`. */
function requireScope({ name, kind, pin }: Anchor, url: string | undefined, pinsFile: string): void {
  const scope = kind.scope(pin);
  if (scope === undefined || (url !== undefined && isUnder(scope, url))) return;
  throw new VerificationError(
    'SIGNER_UNTRUSTED',
    `the anchor ${name} may not vouch for ${url ?? 'what has no URL'}: its scope is ${scope.join(', ')}`,
    {
      hint: `Name the right anchor in the catalogue, or widen the scope in ${pinsFile}.`,
      context: { anchor: name },
    },
  );
}

export function notThere({ name, kind, pin, file }: Anchor): VerificationError {
  return new VerificationError(
    'EVIDENCE_MISSING',
    `the ${kind.what} of the anchor ${name}: there is no ${file(pin.file).path}`,
    {
      hint: 'Restore it from version control, or fetch it with update-trust, which compares it with the pin.',
    },
  );
}
