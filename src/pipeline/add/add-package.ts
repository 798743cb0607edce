/**
 * A package of an apt repository as an entry: of a suite that the catalogue has, whose key is pinned; or of one that it has
 * not, by what that says of itself, and by the key that its publisher shows.
 */
import { keyFor } from '../../formats/own/upstream-ref.ts';
import { TransportError, UsageError } from '../../model/errors.ts';
import { inReleaseFile, isFlat, releaseFile } from '../../verify/apt/release.ts';
import { suiteUrl } from '../../verify/apt/suite.ts';
import type { Candidate, Fields } from './candidates.ts';
import type { Proposal } from './judge.ts';
import { waysByKey } from './learn.ts';
import { choose, look, type Addition, type Looked, type Way } from './look.ts';
import { proposedFor, type AddSubject } from './request.ts';

export interface PackageRef {
  readonly suite: string;
  readonly package: string;
  /** The repository's root, of a suite that the catalogue does not have. */
  readonly root: string | undefined;
  readonly components: readonly string[] | undefined;
}

/** Throws as `findProofs` does. */
export async function findPackage(
  ref: PackageRef,
  sources: Readonly<Record<string, unknown>>,
  subject: AddSubject,
): Promise<Addition> {
  const { ways, ...place } = await placeOf(ref, sources, subject);
  const proposal: Proposal = {
    ...proposedFor(subject),
    ...place,
    ...{ type: 'deb', entry: { package: ref.package } },
  };
  const at = `${ref.package} in ${ref.suite}`;
  const found = await lookByArchitecture(proposal, ways, subject);
  const chosen = choose([found.looked], at, 'Is it called so there, and in that suite and component?');
  const versions = (chosen.resolved ?? []).flatMap((one) =>
    one.status === 'resolved' ? [one.verified.subject] : [],
  );
  const [version = ''] = versions.map((one) => one.version);
  return {
    title: `${at}, ${version}: ${versions.map(({ url }) => url.slice(url.lastIndexOf('/') + 1)).join(', ')}`,
    ...{ tagged: { tag: version, prefix: '', version }, proposal: found.proposal, assets: new Map() },
    ...{ others: [], looked: [found.looked], absent: [], chosen },
  };
}

const signed: Candidate = {
  what: "the repository's signature, by its index",
  files: [],
  verification: { method: 'apt' },
  signedBy: { in: 'key', kind: 'openpgp', field: 'signedBy' },
};

/** Some packages are built for one architecture alone: then the entry is for that one. */
async function lookByArchitecture(
  proposal: Proposal,
  ways: readonly Way[],
  subject: AddSubject,
): Promise<{ readonly looked: Looked; readonly proposal: Proposal }> {
  const lookFor = (one: Proposal) => look(signed, () => Promise.resolve(ways), { ...subject, proposal: one });
  const whole = await lookFor(proposal);
  if (whole.outcome !== 'unusable' || whole.error?.code !== 'EVIDENCE_MISSING')
    return { looked: whole, proposal };
  for (const arch of proposal.architectures) {
    const narrowed = { ...proposal, architectures: [arch] };
    const looked = await lookFor(narrowed);
    if (looked.outcome === 'verified') return { looked, proposal: narrowed };
  }
  return { looked: whole, proposal };
}

const debian = 'https://ftp.debian.org/debian';

interface Place extends Pick<Proposal, 'isSourceThere' | 'source'> {
  /** The source's name. */
  readonly from: string;
  readonly ways: readonly Way[];
}

async function placeOf(
  { suite, root, components }: PackageRef,
  sources: Readonly<Record<string, unknown>>,
  { keys, name }: AddSubject,
): Promise<Place> {
  const there = Object.entries(sources).filter(
    ([key, spec]) => isApt(spec) && (key === suite || spec.suites.some((one) => one.suite === suite)),
  );
  const [known, ...others] = root === undefined ? there : [];
  if (known !== undefined && others.length === 0) {
    const [from, source] = known;
    return { from, source: source as Proposal['source'], isSourceThere: true, ways: [{ fields: {} }] };
  }
  if (known !== undefined) {
    const named = there.map(([key]) => key);
    throw new UsageError('USAGE', `the catalogue has ${suite} in several sources: ${named.join(', ')}`, {
      hint: `Name one in its place: ${named.map((one) => `apt:${one}/${name}`).join(', ')}.`,
    });
  }
  const uri = root ?? debian;
  const url = suiteUrl({ uri, suite });
  const inRelease = await keys.read(`${url}/InRelease`, inReleaseFile.maxBytes);
  const bytes = inRelease ?? (await keys.read(`${url}/Release`, releaseFile.maxBytes));
  if (bytes === undefined) {
    throw new TransportError('NOT_FOUND', `${url} has neither InRelease nor Release`, {
      hint: 'Which repository is it in? Name its root with --repo.',
    });
  }
  const said = fieldsOf(Buffer.from(bytes).toString('utf8'));
  const listed =
    said('Components')
      ?.split(/\s+/)
      .map((one) => one.replace(/^.*\//, '')) ?? [];
  const flat = isFlat({ suite });
  const chosen = components ?? (listed.includes('main') ? ['main'] : listed);
  const own = {
    ...{ uri, suite, ...named('codename', said('Codename') ?? (flat ? undefined : said('Suite'))) },
    ...{ ...named('origin', said('Origin')), ...named('label', said('Label')) },
    ...(flat ? {} : { components: chosen }),
    // Nothing else tells an old one from the newest.
    ...(said('Valid-Until') === undefined ? { maxAge: '400d' } : {}),
  };
  const sourceOf = (signedBy: string) => ({ type: 'apt', suites: [{ ...own, signedBy }] });
  const place = { folder: uri, scope: uri, names: [] };
  const ways = await waysByKey('openpgp', place, keys, (anchor) => ({
    fields: {},
    source: sourceOf(anchor),
  }));
  const from = keyFor(`${said('Origin') ?? new URL(uri).hostname}-${suite}`);
  return { from, source: ways[0]?.source ?? sourceOf(from), ways };
}

interface AptSpec {
  readonly type: 'apt';
  readonly suites: readonly { readonly suite: string }[];
}

/** As the catalogue's schema has accepted it. */
function isApt(spec: unknown): spec is AptSpec {
  return typeof spec === 'object' && spec !== null && 'type' in spec && spec.type === 'apt';
}

function named(field: string, value: string | undefined): Fields {
  return value === undefined ? {} : { [field]: value };
}

/** What an unverified Release says of itself: verified, it will have to say the same. */
function fieldsOf(text: string): (name: string) => string | undefined {
  return (name) => new RegExp(`^${name}:[ \\t]*(\\S.*?)[ \\t]*\\r?$`, 'mi').exec(text)?.[1];
}
