/**
 * The second link of an apt chain, over documents: a Packages index, found in the forms that the Release lists, by hash or
 * by name, and searched once for all who ask. Where it was too large to be kept, the stanza that was kept of it.
 */
import type { Check } from '../../formats/own/proof-chain.ts';
import { digestAlgorithm, digestHex } from '../../model/digest.ts';
import { type AssayError, isNotThere, TransportError, VerificationError } from '../../model/errors.ts';
import type { FormsNeed, Need } from '../../model/need.ts';
import { oncePer } from '../../model/once-per.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { once, type Matter } from '../method.ts';
import { digestChecks } from '../trail.ts';
import type { PackageRequest } from './package.ts';
import { searchIndex, type FoundStanza, type IndexForm, type IndexListing } from './packages.ts';
import type { VerifiedRelease } from './release.ts';
import { suiteUrl, type Suite } from './suite.ts';
import { indexTold } from './told.ts';

/** Of a stanza that was kept. Debian's largest has 30 KB. */
const maxStanzaBytes = 1 << 20;

/** What is known of some indexes by now, and what has to be at hand to know more. */
export interface Found {
  readonly needs: readonly Need[];
  readonly stanzas: readonly FoundStanza[];
  /** Those that they were read from. */
  readonly documents: readonly EvidenceDocument[];
  /** What the index was compared with. */
  readonly checks: readonly Check[];
}

export function needing(...needs: readonly Need[]): Found {
  return { needs, stanzas: [], documents: [], checks: [] };
}

export interface Reading {
  readonly suite: Suite;
  readonly release: VerifiedRelease;
  readonly isSecond: boolean;
  readonly matter: Matter<unknown, Pick<PackageRequest, 'package'>>;
}

export async function linkIndex(listing: IndexListing, reading: Reading): Promise<Found> {
  const { suite, release, matter } = reading;
  const url = `${suiteUrl(suite)}/${listing.name}`;
  const to = { role: 'packages', url, folder: url.slice(0, url.lastIndexOf('/') + 1) };
  return matter.trail.link(
    { from: release.documents[0], to },
    () => readIndex(listing, reading),
    ({ documents: [index], checks }) =>
      index && indexTold({ ...to, digest: index.digest }, listing, release.documents[0], checks),
  );
}

/**
 * Form by form: what is not there leads on to the next one, and so does what is as it was signed and yet cannot be
 * decompressed here. Other bytes than the signed ones do not.
 */
async function readIndex(listing: IndexListing, reading: Reading): Promise<Found> {
  const { documents, memo, subject, subjects } = reading.matter;
  const { release, suite } = reading;
  // Listed as empty: there is nothing that its bytes could tell.
  if (listing.plain?.sizeBytes === 0) return needing();
  let failure: AssayError | undefined;
  let forms: readonly IndexForm[] = listing.forms;
  for (;;) {
    const need = indexNeed(listing, forms, reading);
    if (!documents.has(need)) return needing(need);
    const document = findOr(
      () => documents.find(need),
      (error) => unreadable(listing, failure ?? error),
    );
    if (document === undefined) return readKeptStanza(listing, reading);
    const form = forms.find(({ file }) => file.digest === document.digest);
    if (form === undefined) throw new TypeError(`${document.url} is none of the forms that were asked for`);
    const { bytes } = document;
    const url = `${suiteUrl(suite)}/${form.file.path}`;
    try {
      // Stanzas come with their Release, and that with its signers.
      const signed = release.documents.map(({ digest }) => digest);
      const key = [...signed, suite.signedBy, url, String(need.again)].join(' ');
      const search = async (names: ReadonlySet<string>) => ({
        names,
        stanzas: Map.groupBy(
          await searchIndex({ release, listing, form, url, bytes, names }),
          (stanza) => stanza.package,
        ),
      });
      const all = await once(memo, key, () => search(new Set(subjects.map((one) => one.package))));
      const name = subject.package;
      // Searched before for others, who did not know of this one.
      const found = all.names.has(name)
        ? all
        : await once(memo, `${key} ${name}`, () => search(new Set([name])));
      const checks = [
        ...digestChecks(form.file, `what ${nameOf(release)} lists`),
        ...(listing.plain === undefined || form.file === listing.plain
          ? []
          : digestChecks(listing.plain, `what ${nameOf(release)} lists, decompressed`)),
      ];
      return { needs: [], stanzas: found.stanzas.get(name) ?? [], documents: [document], checks };
    } catch (error) {
      if (!isUndecodable(error)) throw error;
      failure ??= error;
      forms = forms.filter((one) => one !== form);
      if (forms.length === 0) throw unreadable(listing, failure);
    }
  }
}

/** `InRelease`, or `Release`. */
function nameOf({ documents: [{ url }] }: VerifiedRelease): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

/** Where the index itself was not kept: its digest is the Release's word, and that the stanza is in it nobody's. */
function readKeptStanza(listing: IndexListing, { suite, release, matter }: Reading): Found {
  const url = `${suiteUrl(suite)}/${listing.name}`;
  const need: Need = {
    kind: 'file',
    role: 'packages-stanza',
    url,
    maxBytes: maxStanzaBytes,
    isOptional: true,
  };
  if (!matter.documents.has(need)) return needing(need);
  const kept = matter.documents.find(need);
  const [form] = listing.forms;
  const { digest, sizeBytes } = form.file;
  const index = { role: 'packages', url, digest, sizeBytes, bytes: new Uint8Array() };
  const checks = digestChecks(form.file, `what ${nameOf(release)} lists; the bytes were not seen again`);
  if (kept === undefined) return { ...needing(), documents: [index], checks };
  const stanza = { package: matter.subject.package, bytes: kept.bytes, release, listing, index };
  return { needs: [], stanzas: [stanza], documents: [index], checks };
}

const knownNeeds = oncePer<readonly IndexForm[], Map<boolean, FormsNeed>>(() => new Map());

/** Every package asks for the same, each time that it is looked at. */
function indexNeed(listing: IndexListing, forms: readonly IndexForm[], reading: Reading): FormsNeed {
  const known = knownNeeds(forms);
  const need = known.get(reading.isSecond) ?? makeNeed(listing, forms, reading);
  known.set(reading.isSecond, need);
  return need;
}

/** By hash first, where the Release says so; only what is not there leads on to the name. */
function makeNeed(
  { name }: IndexListing,
  forms: readonly IndexForm[],
  { suite, release, isSecond }: Reading,
): FormsNeed {
  const url = suiteUrl(suite);
  return {
    kind: 'forms',
    role: 'packages',
    url: `${url}/${name}`,
    forms: forms.map(({ file: { path, digest, sizeBytes }, readMs }) => {
      const folder = path.slice(0, path.lastIndexOf('/') + 1);
      const byHash = `${folder}by-hash/${digestAlgorithm(digest).toUpperCase()}/${digestHex(digest)}`;
      const paths = release.release.acquireByHash ? [byHash, path] : [path];
      return { urls: paths.map((one) => `${url}/${one}`), digest, sizeBytes, readMs };
    }),
    ...(isSecond ? { again: true } : {}),
  };
}

/** What could not be read since it is not there is told with what else was tried. */
function findOr<T>(find: () => T, explained: (error: TransportError) => AssayError): T {
  try {
    return find();
  } catch (error) {
    if (!isNotThere(error)) throw error;
    throw explained(error);
  }
}

function isUndecodable(error: unknown): error is VerificationError {
  return error instanceof VerificationError && error.code === 'EVIDENCE_MALFORMED';
}

/** The first failure, with the forms that might have done: what was there tells more than what was not found. */
function unreadable({ name, unread }: IndexListing, error: AssayError): AssayError {
  if (unread.length === 0) return error;
  const message = `${error.message}; ${name} is also listed as ${unread.join(' and ')}, which assay does not read`;
  const { hint, context, cause } = error;
  if (error instanceof TransportError)
    return new TransportError(error.code, message, { hint, context, cause });
  return new VerificationError('EVIDENCE_MALFORMED', message, { hint, context, cause });
}
