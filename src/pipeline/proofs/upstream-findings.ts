/** What an answer of upstream's means for an entry that was vouched for before. No I/O. */
import { isDeepStrictEqual } from 'node:util';
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import { evidenceOf } from '../../formats/own/evidence.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import type { UpstreamEntry, UpstreamFinding, UpstreamVerdict } from '../../formats/own/upstream-verdicts.ts';
import { compareVersions, parseVersion, type Ordering } from '../../formats/own/version-order.ts';
import {
  AssayError,
  isNotThere,
  PolicyError,
  TransportError,
  VerificationError,
} from '../../model/errors.ts';
import type { Described } from '../../model/ports.ts';
import type { Resolution } from '../../sources/source.ts';
import type { Again } from './ask-again.ts';

/** What several manifests have is asked about once. */
export interface Subject extends Again {
  readonly entry: ManifestEntry;
  readonly evidence: EvidenceEntry;
}

type Resolved = Extract<Resolution, { status: 'resolved' }>;

export function isAnswerAbout(resolution: Resolution | undefined, version: string): boolean {
  return resolution?.status === 'resolved' && resolution.verified.subject.version === version;
}

export function findingOf(verdict: UpstreamVerdict, error: AssayError): UpstreamFinding {
  const { message, code, hint } = error;
  return { verdict, message, code, ...(hint === undefined ? {} : { hint }) };
}

/** Of the very version that the manifest has. */
export function aboutVersion(subject: Subject, resolution: Resolution): readonly UpstreamFinding[] {
  if (resolution.status === 'failed') return [aboutFailure(subject, resolution.error)];
  if (resolution.status === 'current') throw new TypeError('what nothing is remembered of is not current');
  const { entry, evidence } = subject;
  const { subject: now, result } = resolution.verified;
  const mutated = (what: string, before: unknown, after: unknown): UpstreamFinding => ({
    verdict: 'mutated',
    code: 'ARTIFACT_MUTATED',
    message: `${entry.url} had the ${what} ${String(before)}, and now has ${String(after)}`,
    hint: 'A published version does not change. Find out why, and use nothing of it until then.',
  });
  if (now.digest !== entry.digest) return [mutated('digest', entry.digest, now.digest)];
  if (now.sizeBytes !== entry.size) return [mutated('size', entry.size, now.sizeBytes)];
  if (result.assurance !== evidence.assurance) {
    const message = `its evidence says "${evidence.assurance}", and the same question is answered with "${result.assurance}"`;
    return [{ verdict: 'refused', code: 'ASSURANCE_LOWERED', message }];
  }
  return aboutSignature(subject, resolution);
}

/** The same bytes: also by the same word? */
function aboutSignature(
  { entry, evidence, asked }: Subject,
  { verified: { subject: now, result }, watermark }: Resolved,
): readonly UpstreamFinding[] {
  const again = (message: string): readonly UpstreamFinding[] => [{ verdict: 'signed-anew', message }];
  if (now.url !== entry.url) return again(`the same file is vouched for at ${now.url} now`);
  if (now.image?.index !== entry.index) {
    return again(
      `its tag leads to ${now.image?.index ?? 'its manifest itself'} now, in place of ${entry.index ?? ''}`,
    );
  }
  const found = evidenceOf(now, result, { ...evidence, watermark });
  const isRepository = asked.sourceKind.signsRepository === true;
  const said = ({ signers, witnesses = [] }: Pick<EvidenceEntry, 'signers' | 'witnesses'>) =>
    [...signers, ...witnesses.flatMap((one) => one.signers)].map((one) => nameOf(one, isRepository)).sort();
  const [before, after] = [said(evidence), said(found)];
  if (isDeepStrictEqual(before, after)) return [];
  return again(`it is signed by ${after.join(' and ')} now, and was by ${before.join(' and ')}`);
}

/** A repository is signed anew all the time: by whom counts. */
function nameOf(signer: EvidenceEntry['signers'][number], isRepository: boolean): string {
  const who =
    signer.method === 'sigstore'
      ? signer.identity
      : signer.method === 'openpgp'
        ? signer.primaryFingerprint
        : signer.fingerprint;
  return isRepository || signer.signedAt === undefined ? who : `${who} at ${signer.signedAt}`;
}

/** What says that upstream's statement was changed: it was verified once, as it stood then. */
const changed: ReadonlySet<string> = new Set([
  ...['DIGEST_MISMATCH', 'SIZE_MISMATCH', 'SIGNATURE_INVALID', 'SUBJECT_MISMATCH', 'EVIDENCE_MALFORMED'],
]);

function aboutFailure(subject: Subject, error: AssayError): UpstreamFinding {
  if (isNotThere(error)) return findingOf('gone', error);
  if (isUnasked(error)) return findingOf('unasked', error);
  if (error instanceof PolicyError && error.code === 'VERSION_UNAVAILABLE')
    return aboutReplaced(subject, error);
  if (error.code === 'EVIDENCE_MISSING') return findingOf('gone', error);
  return findingOf(changed.has(error.code) ? 'mutated' : 'refused', error);
}

/** An index has the newest version only: is what it has newer, whether the catalogue allows that or not? */
function aboutReplaced({ version, asked }: Subject, error: PolicyError): UpstreamFinding {
  const { found } = error.context;
  const others = Array.isArray(found) ? found.filter((one) => typeof one === 'string') : [];
  const ordering = asked.sourceKind.ordering(asked.source);
  const isReplaced = others.some((other) => order(other, version, ordering) === 'newer');
  return findingOf(isReplaced ? 'superseded' : 'gone', error);
}

/** Nobody was reached, or nobody whose word counts. */
function isUnasked(error: AssayError): boolean {
  return error instanceof TransportError || error.code === 'UNTRUSTED_MIRROR';
}

/** Of what a run would take now: is that another version? */
export function aboutNewest(
  { asked, version, evidence }: Subject,
  resolution: Resolution | undefined,
): Pick<UpstreamEntry, 'findings' | 'newer'> {
  if (resolution === undefined || isAnswerAbout(resolution, version)) return { findings: [] };
  if (resolution.status === 'failed') {
    const { error } = resolution;
    if (error.code === 'VERSION_TOO_YOUNG') return { findings: [] };
    // What says nothing about this version says nothing about whether there is a newer one.
    if (isUnasked(error) || error instanceof PolicyError) return { findings: [findingOf('unasked', error)] };
    const isAboutIt = error.context['url'] === evidence.url && changed.has(error.code);
    return { findings: [findingOf(isAboutIt ? 'mutated' : 'refused', error)] };
  }
  if (resolution.status === 'current') throw new TypeError('what nothing is remembered of is not current');
  const { subject: found, result } = resolution.verified;
  if (order(found.version, version, asked.sourceKind.ordering(asked.source)) === 'older') {
    const message = `upstream names ${found.version} as the newest, which is older than ${version}`;
    const hint =
      'A withdrawn release, or a mirror that is out of date or replays an old answer: find out which.';
    return { findings: [findingOf('refused', new PolicyError('VERSION_DOWNGRADED', message, { hint }))] };
  }
  const stanza = result.documents.find(({ role }) => role === 'packages-stanza');
  const security = /\/dists\/[^/]*(?:security|\/updates\/)/i.test(stanza?.url ?? '');
  const newer = { version: found.version, url: found.url, security };
  const what = security ? ', a security update' : '';
  return { findings: [{ verdict: 'superseded', message: `upstream has ${found.version}${what}` }], newer };
}

function order(one: string, other: string, ordering: Ordering): 'newer' | 'older' {
  const [a, b] = [parseVersion(ordering, one), parseVersion(ordering, other)];
  return a !== undefined && b !== undefined && compareVersions(a, b) < 0 ? 'older' : 'newer';
}

/** Of a file that evidence alone says nothing of: is it at its place, as large as it was? */
export function aboutFile(
  { entry: { url, size } }: Pick<Subject, 'entry'>,
  answer: Described | AssayError,
): readonly UpstreamFinding[] {
  if (answer instanceof AssayError) {
    return [findingOf(isNotThere(answer) ? 'gone' : 'unasked', answer)];
  }
  const { sizeBytes } = answer;
  if (sizeBytes === size) return [];
  if (sizeBytes === undefined) {
    const error = new TransportError('TRUNCATED', `${url}: the server does not say how large the file is`);
    return [findingOf('unasked', error)];
  }
  const message = `${url} has ${String(sizeBytes)} bytes, expected ${String(size)}`;
  return [findingOf('mutated', new VerificationError('SIZE_MISMATCH', message))];
}
