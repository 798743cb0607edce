/**
 * Debian version numbers: `[epoch:]upstream[-revision]` and their ordering, after deb-version(7).
 *
 * The oracles of the tests are `dpkg --compare-versions` and the table of apt's own test-suite.
 */

const shape = /^(?:(\d{1,9}):)?(\d[A-Za-z0-9.+~:-]*)$/;
const revisionShape = /^[A-Za-z0-9.+~]+$/;

export interface DebianVersion {
  /** `0` where there is none. */
  readonly epoch: string;
  readonly upstream: string;
  /** Empty where there is none, which orders like `0`. */
  readonly revision: string;
}

/** Undefined for what dpkg would refuse: an empty part, a letter first, a character outside of the set. */
export function parseDebianVersion(text: string): DebianVersion | undefined {
  const match = shape.exec(text);
  if (match?.[2] === undefined) return undefined;
  const version = splitDebianVersion(text);
  const hasRevision = match[2].includes('-');
  if (version.upstream === '' || (hasRevision && !revisionShape.test(version.revision))) return undefined;
  // A colon is allowed in the upstream part only behind an epoch.
  if (match[1] === undefined && match[2].includes(':')) return undefined;
  return version;
}

/** Any text, split as apt splits it to compare: what is no version has its place in the order, too. */
export function splitDebianVersion(text: string): DebianVersion {
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon === -1 ? '0' : text.slice(0, colon),
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? '' : rest.slice(dash + 1),
  };
}

/** Negative, zero or positive, as `a` is earlier than, equal to or later than `b`. */
export function compareDebianVersions(a: DebianVersion, b: DebianVersion): number {
  return (
    comparePart(a.epoch, b.epoch) ||
    comparePart(a.upstream, b.upstream) ||
    comparePart(a.revision, b.revision)
  );
}

/** The version as file names and the manifest write it. */
export function withoutEpoch(version: string): string {
  return version.replace(/^\d+:/, '');
}

/** Alternates between a run of non-digits, compared by `order`, and a run of digits, compared as numbers. */
function comparePart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = order(a, i) - order(b, j);
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
    while (a[i] === '0') i += 1;
    while (b[j] === '0') j += 1;
    const [startA, startB] = [i, j];
    while (isDigit(a, i)) i += 1;
    while (isDigit(b, j)) j += 1;
    // Without leading zeros the longer run is the larger number, whatever its size.
    if (i - startA !== j - startB) return i - startA - (j - startB);
    const [runA, runB] = [a.slice(startA, i), b.slice(startB, j)];
    if (runA !== runB) return runA < runB ? -1 : 1;
  }
  return 0;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** Of one character: `~` before the end, the end and digits before letters, letters before the rest. */
function order(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0;
  const code = text.charCodeAt(at);
  if (code === 0x7e) return -1;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isLetter ? code : code + 256;
}
