/**
 * From what an upstream publishes to a source and an entry of the catalogue: everything that could vouch for its files is
 * looked at and verified, and the strongest that holds is chosen. Whose signature it is was learnt from the upstream
 * itself, and counts for nothing until a person accepts it.
 */
import { digestAlgorithm } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { FoundRelease } from '../../sources/look.ts';
import type { Resolution } from '../../sources/source.ts';
import type { Names, Tagged } from '../shared/release-names.ts';
import { candidatesFor, type Published } from './candidates.ts';
import { learn } from './learn.ts';
import { notThere } from './looked-for.ts';
import { choose, look, type Addition, type Looked } from './look.ts';
import { assetsOf, proposalOf, taggedOf } from './proposal.ts';
import type { AddRequest } from './request.ts';

/**
 * Throws UsageError `USAGE` where no file fits; VerificationError for evidence that is there and does not hold: whatever
 * else would hold, such an upstream is for a person to look at; `EVIDENCE_MISSING` where nothing vouches; TransportError.
 */
export async function findProofs(request: AddRequest): Promise<Addition> {
  const { release, name, repository } = request;
  const tagged = taggedOf(release.tag);
  const { assets, others } = assetsOf(request);
  const published = await describe(request, tagged, assets);
  const proposal = proposalOf(request, tagged, published);
  const looking = {
    ...request,
    // Without the version: what is judged is the release that was looked at.
    proposal: { ...proposal, source: { ...proposal.source, version: tagged.version } },
    require: (resolved: readonly Resolution[]) => requireHostsDigests(resolved, release),
  };
  const looked: Looked[] = [];
  for (const candidate of candidatesFor(published)) {
    looked.push(await look(candidate, () => learn(candidate, request, published), looking));
  }
  const where = repository === undefined ? '' : `, ${repository}`;
  const chosen = choose(
    looked,
    `${[...assets.values()].join(', ')} of ${name} ${release.tag}`,
    `Was it looked for in the right place${where}? A person can write its digest down (method pinned).`,
  );
  const day = release.publishedAt?.toISOString().slice(0, 10);
  const title = `${repository ?? release.folder} ${release.tag}${day === undefined ? '' : `, ${day}`}: ${[...assets.values()].join(', ')}`;
  const absent = notThere(looked.map(({ candidate }) => candidate));
  return { title, tagged, proposal, assets, others, looked, absent, chosen };
}

const maxSignatureBytes = 1 << 20;

/** Signatures are read: their names do not say whose they are. */
async function describe(
  { release, repository, keys }: AddRequest,
  tagged: Tagged,
  assets: Names,
): Promise<Published> {
  const names = [...release.files.keys()];
  const texts = new Map<string, string>();
  for (const name of names.filter((one) => /\.(?:sig|asc|gpg)$/.test(one)).slice(0, 200)) {
    const isOurs = [...assets.values()].some((asset) => name.startsWith(asset)) || /sum|sha\d/i.test(name);
    const bytes = isOurs ? await keys.read(`${release.folder}/${name}`, maxSignatureBytes) : undefined;
    if (bytes !== undefined) texts.set(name, Buffer.from(bytes).toString('latin1'));
  }
  const isClearsigned = (name: string) =>
    texts.get(name)?.startsWith('-----BEGIN PGP SIGNED MESSAGE-----') === true;
  const isOpenpgp = (name: string) => {
    const text = texts.get(name) ?? '';
    return text.includes('-----BEGIN PGP') || (text.charCodeAt(0) & 0x80) !== 0;
  };
  const isGithub = repository !== undefined;
  const { isImmutable } = release;
  return { names, assets, tagged, isGithub, isImmutable, isOpenpgp, isClearsigned };
}

/** The host has the file, and says another digest of it than who vouches: one of them does not tell the truth. */
function requireHostsDigests(resolved: readonly Resolution[], { files }: FoundRelease): void {
  for (const one of resolved) {
    if (one.status !== 'resolved') continue;
    const { url, digest } = one.verified.subject;
    const said = files.get(decodeURIComponent(url.slice(url.lastIndexOf('/') + 1)));
    if (said === undefined || said === digest || digestAlgorithm(said) !== digestAlgorithm(digest)) continue;
    throw new VerificationError(
      'DIGEST_MISMATCH',
      `${url} has the digest ${said} on its host, expected ${digest}`,
      {
        hint: 'The file was replaced after it was vouched for, or what vouches is of another file.',
        context: { url, expected: digest, found: said },
      },
    );
  }
}
