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
import type { TrustSource } from '../method.ts';
import type { Anchor, AnchorKind, AnchorPin, TrustFile } from './anchor.ts';
import { openpgpKeys } from './openpgp.ts';
import { parseTrustPins } from './pins.ts';
import { publicGood, sigstoreRoot } from './sigstore.ts';

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

/** What a judgement rested on: with it, and the documents, it can be made again. */
export interface AnchorUse {
  readonly name: string;
  readonly pin: AnchorPin;
  /** The anchor's file, as the pin has accepted it. */
  readonly file: { readonly name: string; readonly digest: Digest; readonly bytes: Uint8Array };
}

/** The file of an anchor that has none and is `published`. What it brings is checked as a committed file is. */
export type FetchMissing = (anchor: Anchor, now: Date) => Promise<Uint8Array>;

interface Opened extends AnchorUse {
  readonly material: unknown;
}

/** Trust that has been opened, as it is asked for: each anchor once, for all that is judged at that time. */
export class OpenTrust implements TrustSource {
  readonly #trust: Trust;
  readonly #now: Date;
  readonly #fetchMissing: FetchMissing | undefined;
  readonly #opened: Map<string, Promise<Opened>>;
  readonly #used = new Map<string, Opened>();

  /** Without `fetchMissing`, an anchor without its file is refused. */
  constructor(
    trust: Trust,
    now: Date,
    fetchMissing?: FetchMissing,
    opened = new Map<string, Promise<Opened>>(),
  ) {
    this.#trust = trust;
    this.#now = now;
    this.#fetchMissing = fetchMissing;
    this.#opened = opened;
  }

  async material<M>(kind: AnchorKind<AnchorPin, M>, name: string, url?: string): Promise<M> {
    const anchor = requireAnchor(this.#trust, kind, name);
    requireScope(anchor, url, this.#trust.pinsFile.path);
    const opening = this.#opened.get(name) ?? this.#open(anchor);
    this.#opened.set(name, opening);
    const opened = await opening;
    this.#used.set(name, opened);
    return opened.material as M;
  }

  keyring(...[name, url]: Parameters<TrustSource['keyring']>): ReturnType<TrustSource['keyring']> {
    return this.material(openpgpKeys, name, url);
  }

  trustedRoot(): ReturnType<TrustSource['trustedRoot']> {
    return this.material(sigstoreRoot, publicGood);
  }

  /** The same trust, for one judgement: its `used` tells what that has asked for. */
  forOne(): OpenTrust {
    return new OpenTrust(this.#trust, this.#now, this.#fetchMissing, this.#opened);
  }

  used(): readonly AnchorUse[] {
    return [...this.#used.values()].map(({ name, pin, file }) => ({ name, pin, file }));
  }

  async #open(anchor: Anchor): Promise<Opened> {
    const { name, kind, pin } = anchor;
    const bytes = anchor.file(pin.file).bytes ?? (await this.#fetched(anchor));
    const material = await kind.open(bytes, anchor, this.#now);
    return { name, pin, material, file: { name: pin.file, digest: digestOf('sha256', bytes), bytes } };
  }

  async #fetched(anchor: Anchor): Promise<Uint8Array> {
    if (anchor.kind.published === undefined || this.#fetchMissing === undefined) throw notThere(anchor);
    return this.#fetchMissing(anchor, this.#now);
  }
}

function requireAnchor({ anchors, pinsFile }: Trust, kind: AnchorKind, name: string): Anchor {
  const anchor = anchors.get(name);
  if (anchor?.kind === kind) return anchor;
  throw new UsageError('TRUST_INVALID', `${pinsFile.path} has no ${kind.what} ${name}`, {
    hint: `It has: ${[...anchors.keys()].join(', ')}.`,
  });
}

/**
 * May it vouch for what is at this URL? True under one of its prefixes, at a segment boundary; false for anything that is
 * not a plain https URL in its normal form.
 */
export function inScope({ kind, pin }: Pick<Anchor, 'kind' | 'pin'>, url: string | undefined): boolean {
  const scope = kind.scope(pin);
  return scope === undefined || (url !== undefined && isUnder(scope, url));
}

/** Throws VerificationError `SIGNER_UNTRUSTED`. */
function requireScope(anchor: Anchor, url: string | undefined, pinsFile: string): void {
  if (inScope(anchor, url)) return;
  const { name, kind, pin } = anchor;
  const scope = kind.scope(pin) ?? [];
  throw new VerificationError(
    'SIGNER_UNTRUSTED',
    `the anchor ${name} may not vouch for ${url ?? 'what has no URL'}: its scope is ${scope.join(', ')}`,
    { hint: `Name the right anchor in the catalogue, or widen the scope in ${pinsFile}.` },
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
