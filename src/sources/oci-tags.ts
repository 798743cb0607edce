/**
 * A repository's tags (OCI distribution specification 1.1, "Listing tags"), and the version among them that the
 * catalogue allows.
 */
import { z } from 'zod';
import { malformed, parseEvidenceJson } from '../formats/upstream/evidence-json.ts';
import { maxManifestBytes } from '../formats/upstream/oci-manifest.ts';
import { parseVersion } from '../formats/own/version-order.ts';
import { chooseVersion, versionPolicy, type VersionCandidate } from './version-policy.ts';
import { VerificationError } from '../model/errors.ts';
import type { Fetched } from '../model/ports.ts';
import { printableUrlText } from '../model/url-text.ts';
import type { RegistryClient } from './registry-client.ts';
import type { OciEntry } from './oci-spec.ts';
import { newerOfOtherForm } from './passed-over.ts';
import { versionInTag } from './tag.ts';

const maxPages = 50;
/** Ten times what the largest have, of tags for each commit. */
const maxTags = 300_000;

/** Of a link to the next page: a tag has 128 characters at most, but some registries write a token of their own. */
const maxQueryLength = 2000;

/** Registries differ in what they add, and in what they call the repository behind a redirect. */
const listSchema = z.object({ tags: z.array(z.string().max(200)).max(100_000).nullable() });

/** All tags, signatures among them. Throws TransportError, VerificationError `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`. */
export async function fetchTags(client: RegistryClient): Promise<readonly string[]> {
  const tags: string[] = [];
  const seen = new Set<string>();
  let url: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const answer = await client.tags(url);
    const listed = parseEvidenceJson(listSchema, answer.bytes, answer.url, { maxBytes: maxManifestBytes });
    for (const tag of listed.tags ?? []) tags.push(tag);
    if (tags.length > maxTags) break;
    if (answer.next === undefined) return tags;
    url = nextPage(answer.next, answer);
    if (seen.has(url)) throw malformed(answer.url, `its pages go round in circles: ${url} comes again`);
    seen.add(url);
  }
  const limit = tags.length > maxTags ? `${maxTags} tags` : `${maxPages} pages`;
  throw new VerificationError('LIMIT_EXCEEDED', `the list of tags has more than ${limit}`, {
    hint: 'Name one version in "version": the list is not needed then.',
  });
}

/**
 * Of a link, only the query is taken: the next page is asked for where this one was found, since a registry may lead to
 * another place and lose the query on the way (registry.k8s.io). A link to another host is refused all the same: an
 * honest registry writes none.
 */
function nextPage(next: string, { url, originUrl, finalUrl }: Fetched & { readonly url: string }): string {
  const target = URL.parse(next, originUrl);
  const hosts = [url, originUrl, finalUrl].map((known) => new URL(known).host);
  if (target === null || !hosts.includes(target.host)) {
    throw malformed(url, `the link to its next page leads elsewhere: ${printableUrlText(next)}`);
  }
  if (target.search === '' || target.search.length > maxQueryLength) {
    throw malformed(url, 'the link to its next page does not say after which tag');
  }
  const page = new URL(originUrl);
  page.search = target.search;
  return page.href;
}

export interface ChosenTag extends VersionCandidate {
  /** Tags that look newer, and are not of the catalogue's form. */
  readonly passedOver: readonly string[];
}

/**
 * The highest version that the catalogue allows. Nothing in a list says when a tag was made, so that a minimum age is
 * judged later, by the signature. Throws PolicyError `VERSION_UNAVAILABLE`.
 */
export function chooseTag(
  tags: readonly string[],
  { tag: template, versions = {} }: Pick<OciEntry, 'tag' | 'versions'>,
  now: Date,
  what: string,
): ChosenTag {
  const published = tags.filter((tag) => !/^sha256-[0-9a-f]{64}/.test(tag));
  const candidates = published.flatMap((tag) => {
    const version = versionInTag(tag, template);
    return version === undefined || parseVersion('semver', version) === undefined ? [] : [{ version, tag }];
  });
  const { range, prereleases } = versions;
  const policy = versionPolicy('semver', {
    ...(range === undefined ? {} : { range }),
    ...(prereleases === undefined ? {} : { prereleases }),
  });
  const known = new Set(candidates.map(({ tag }) => tag));
  const others = published.filter((tag) => !known.has(tag));
  const chosen = chooseVersion(policy, candidates, now, { what, ignored: others });
  // A registry's list has no order in time: only what differs in form alone is told apart from other images.
  const dotted = others.filter((tag) => /\d\.\d/.test(tag));
  const passedOver = newerOfOtherForm({ version: chosen.version, template, policy }, dotted, others, now);
  return { ...chosen, passedOver };
}
