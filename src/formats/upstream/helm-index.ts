/**
 * The index of a chart repository, `index.yaml` (Helm's documentation, "The Chart Repository Guide"): of each chart its
 * versions, with where the archive is, and its SHA-256. Nobody signs it: it is the host's word.
 *
 * It is as large as the repository is, tens of megabytes where all have one. So it is read as bytes, and of it only the
 * lines of one chart are parsed, and of those only what is used.
 */
import { z } from 'zod';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { itemBlock, membersOf, valueBlock, type Block, type BlockMember } from './block-members.ts';
import { malformed, parseEvidenceJson } from './evidence-json.ts';
import { parseEvidenceYaml } from './evidence-yaml.ts';

/** It is held in memory, and cut into pieces there. */
export const maxIndexBytes = 64 << 20;
/** Of one chart, and of an index that is one JSON value, which can only be read whole. */
const maxChartBytes = 8 << 20;
const maxVersions = 10_000;
const maxVersionBytes = 64 << 10;

const versionSchema = z.object({
  name: z.string().exactOptional(),
  version: z.string().max(200),
  urls: z.array(z.string().max(2000)).min(1).max(20),
  digest: z.string().max(200).nullish(),
  deprecated: z.boolean().nullish(),
});

export interface ChartRelease {
  /** As it is written: some have a leading `v`. */
  readonly version: string;
  /** The first of its places, relative to the index or whole. */
  readonly url: string;
  /** SHA-256 in hex, unchecked; undefined where the index has none. */
  readonly digest: string | undefined;
  readonly isDeprecated: boolean;
}

/**
 * Untrusted bytes; `what` is for messages. A version that cannot be read is passed over, as Helm does. Throws
 * VerificationError `EVIDENCE_MISSING` where the index does not have the chart, `LIMIT_EXCEEDED`, and `EVIDENCE_MALFORMED`
 * for two charts, or two versions, of one name.
 */
export function readHelmIndex(bytes: Uint8Array, chart: string, what: string): readonly ChartRelease[] {
  const isJson = /^\s*\{/.test(Buffer.from(bytes.subarray(0, 100)).toString('latin1'));
  const found = isJson ? chartInJson(bytes, chart, what) : chartInYaml(bytes, chart, what);
  if (found === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${what} has no chart ${chart}`, {
      hint: 'Is "chart" its name in the index, and is it the right repository?',
    });
  }
  const releases = new Map<string, ChartRelease>();
  for (const one of found) {
    if (one.name !== undefined && one.name !== chart) continue;
    const { version, urls, digest, deprecated } = one;
    const release = {
      ...{ version, url: urls[0] ?? '', isDeprecated: deprecated === true },
      digest: digest === '' || digest === null ? undefined : digest,
    };
    const same = releases.get(version);
    if (same !== undefined && (same.url !== release.url || same.digest !== release.digest)) {
      throw malformed(what, `it has ${chart} ${version} twice, and not the same: readers would differ`);
    }
    if (same === undefined) releases.set(version, release);
  }
  return [...releases.values()];
}

/** An index of nothing but this version, to be kept: `readHelmIndex` reads it. */
export function indexOfOne(chart: string, { version, url, digest }: ChartRelease): Uint8Array {
  const entry = { name: chart, version, urls: [url], ...(digest === undefined ? {} : { digest }) };
  return Buffer.from(`${JSON.stringify({ apiVersion: 'v1', entries: { [chart]: [entry] } })}\n`);
}

/** Throws VerificationError `EVIDENCE_MALFORMED`, `ALGORITHM_REFUSED`. */
export function digestIn({ digest }: ChartRelease, what: string): Digest | undefined {
  if (digest === undefined) return undefined;
  const [, hex] = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(digest) ?? [];
  if (hex !== undefined) return `sha256:${hex.toLowerCase()}`;
  throw malformed(what, `its digest ${JSON.stringify(digest.slice(0, 80))} is no SHA-256`);
}

type Version = z.output<typeof versionSchema>;

function chartInJson(bytes: Uint8Array, chart: string, what: string): readonly Version[] | undefined {
  const schema = z.object({ entries: z.record(z.string(), z.unknown()) });
  const { entries } = parseEvidenceJson(schema, bytes, what, { maxBytes: maxChartBytes });
  const list = Object.hasOwn(entries, chart) ? entries[chart] : undefined;
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list)) throw malformed(what, `what it has of ${chart} is no list`);
  return list.slice(0, maxVersions).flatMap((one) => versionSchema.safeParse(one).data ?? []);
}

function chartInYaml(bytes: Uint8Array, chart: string, what: string): readonly Version[] | undefined {
  const start = /^---[ \r]*\n/.exec(Buffer.from(bytes.subarray(0, 100)).toString('latin1'))?.[0].length ?? 0;
  const whole = { bytes, start, end: bytes.length };
  const entries = onlyMember(whole, 'entries', what);
  if (entries === undefined)
    throw malformed(what, 'it has no "entries": is it the index of a chart repository?');
  const found = onlyMember(valueBlock(entries), chart, what);
  if (found === undefined) return undefined;
  if (found.end - found.start > maxChartBytes) throw tooMuch(what, chart, `${String(maxChartBytes)} bytes`);
  const versions: Version[] = [];
  let count = 0;
  for (const item of membersOf(valueBlock(found))) {
    count += 1;
    if (count > maxVersions) throw tooMuch(what, chart, `${String(maxVersions)} versions`);
    const version = readVersion(item, what);
    if (version !== undefined) versions.push(version);
  }
  return versions;
}

const used: ReadonlySet<string> = new Set(Object.keys(versionSchema.shape));

function readVersion(item: BlockMember, what: string): Version | undefined {
  const members = [...membersOf(itemBlock(item))].filter(({ key }) => used.has(key));
  const text = Buffer.concat(members.map(({ bytes, start, end }) => bytes.subarray(start, end)));
  try {
    return parseEvidenceYaml(versionSchema, text, what, { maxBytes: maxVersionBytes });
  } catch (error) {
    if (error instanceof VerificationError) return undefined;
    throw error;
  }
}

function onlyMember(block: Block, name: string, what: string): BlockMember | undefined {
  let found: BlockMember | undefined;
  for (const member of membersOf(block)) {
    if (member.key !== name) continue;
    if (found !== undefined) throw malformed(what, `it has "${name}" twice`);
    found = member;
  }
  return found;
}

function tooMuch(what: string, chart: string, limit: string): VerificationError {
  return new VerificationError('LIMIT_EXCEEDED', `${what} has more than ${limit} of ${chart}`, {
    hint: 'Ask the publisher for a repository with fewer versions, or for charts in a registry (oci://).',
  });
}
