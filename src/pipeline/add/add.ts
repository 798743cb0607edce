/**
 * From what an upstream publishes to a source and an entry of the catalogue: everything that could vouch for its files is
 * looked at and verified, and the strongest that holds is chosen. Whose signature it is was learnt from the upstream
 * itself, and counts for nothing until a person accepts it.
 */
import { digestAlgorithm } from '../../model/digest.ts';
import { AssayError, TransportError, VerificationError } from '../../model/errors.ts';
import type { FoundRelease } from '../../sources/look.ts';
import type { Resolution } from '../../sources/source.ts';
import { Unsupported, type Names, type Tagged } from '../shared/release-names.ts';
import { candidatesFor, type Candidate, type Fields, type Published } from './candidates.ts';
import type { Learnt } from './identity.ts';
import { judge, type Proposal } from './judge.ts';
import type { LearntKey } from './keys.ts';
import { learn } from './learn.ts';
import { assetsOf, proposalOf, taggedOf } from './proposal.ts';
import type { AddRequest } from './request.ts';

export interface Looked {
  readonly candidate: Candidate;
  /** `none`: it is not there, `unusable`: it cannot be used, `open`: nobody says whose key it is. */
  readonly outcome: 'verified' | 'none' | 'unusable' | 'open' | 'refused';
  readonly error?: AssayError;
  readonly verification?: Fields;
  readonly learnt?: Learnt | undefined;
  readonly key?: LearntKey | undefined;
}

export interface Addition {
  readonly tagged: Tagged;
  readonly proposal: Proposal;
  readonly assets: Names;
  /** Files that would fit as well. */
  readonly others: readonly string[];
  readonly looked: readonly Looked[];
  readonly chosen: Looked;
}

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
  const looked: Looked[] = [];
  for (const candidate of candidatesFor(published)) {
    looked.push(await look(candidate, { request, published, proposal }));
  }
  const refused = looked.find(({ outcome }) => outcome === 'refused');
  if (refused?.error instanceof VerificationError) {
    throw lying(refused.error, `${name} ${release.tag}: ${refused.candidate.what}`);
  }
  const chosen = looked.find(({ outcome }) => outcome === 'verified');
  if (chosen !== undefined) return { tagged, proposal, assets, others, looked, chosen };
  const failed = looked.find(({ error }) => error !== undefined && !(error instanceof VerificationError));
  if (failed?.error !== undefined) throw failed.error;
  const found = looked.map(({ candidate, outcome, error }) =>
    error === undefined ? `${candidate.what}: ${outcome}` : `${candidate.what}: ${outcome}: ${error.message}`,
  );
  throw new VerificationError(
    'EVIDENCE_MISSING',
    `nothing vouches for ${[...assets.values()].join(', ')} of ${release.tag}`,
    {
      lines: found,
      hint: looked.some(({ outcome }) => outcome === 'open')
        ? 'A key that its publisher shows can be given with --key. It has to be named with --accept.'
        : `Was it looked for in the right place${repository === undefined ? '' : `, ${repository}`}? A person can write its digest down (method pinned).`,
    },
  );
}

function lying({ code, message, hint, context }: VerificationError, what: string): VerificationError {
  return new VerificationError(code, `${what} does not hold: ${message}`, {
    hint: `${hint === undefined ? '' : `${hint} `}Nothing was written.`,
    context,
  });
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
  return { names, assets, tagged, isGithub: repository !== undefined, isOpenpgp, isClearsigned };
}

/** What says that it is not to be believed; the rest is evidence that is not there, or of a form that we do not know. */
const lies: ReadonlySet<string> = new Set([
  ...['DIGEST_MISMATCH', 'SIZE_MISMATCH', 'SIGNATURE_INVALID', 'SIGNER_UNTRUSTED', 'SUBJECT_MISMATCH'],
  ...['METADATA_EXPIRED', 'METADATA_FROM_FUTURE', 'PIN_MISMATCH', 'RELEASE_MISMATCH'],
]);

interface Subject {
  readonly request: AddRequest;
  readonly published: Published;
  readonly proposal: Proposal;
}

async function look(candidate: Candidate, { request, published, proposal }: Subject): Promise<Looked> {
  const { context, keys } = request;
  try {
    const ways = await learn(candidate, request, published);
    if (ways.length === 0) {
      return { candidate, outcome: candidate.signedBy.in === 'key' ? 'open' : 'none' };
    }
    let last: Looked | undefined;
    for (const { fields, learnt, key } of ways) {
      const verification = { ...candidate.verification, ...fields };
      const trust = key?.trust ?? keys.trust;
      // Without the version: what is judged is the release that was looked at.
      const at = { ...proposal, source: { ...proposal.source, version: published.tagged.version } };
      const judged = await judge(at, verification, { ...context, trust });
      if ('resolved' in judged) {
        requireHostsDigests(judged.resolved, request.release);
        return { candidate, outcome: 'verified', verification, learnt, key };
      }
      last = { candidate, outcome: outcomeOf(judged.error), error: judged.error, verification, learnt, key };
    }
    return last ?? { candidate, outcome: 'none' };
  } catch (error) {
    if (error instanceof Unsupported) return { candidate, outcome: 'unusable' };
    if (!(error instanceof AssayError)) throw error;
    return { candidate, outcome: outcomeOf(error), error };
  }
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

function outcomeOf(error: AssayError): Looked['outcome'] {
  // What could not be asked is not known, which is no reason to be content with less.
  if (error instanceof TransportError && error.code !== 'NOT_FOUND') throw error;
  if (!(error instanceof VerificationError)) return 'unusable';
  return lies.has(error.code) ? 'refused' : 'unusable';
}
