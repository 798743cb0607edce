/** What `--version --verbose` says, for people, in lines of a width. */
import type { PinsSummary, VersionDocument } from '../formats/own/documents/machine.ts';
import { wrap } from './wrap.ts';

export function renderVersion(document: VersionDocument, width: number): readonly string[] {
  const { version, commit, committedAt, isModified, node, platform, trust } = document;
  const built = commit === undefined ? 'unknown' : `${commit}${isModified ? ', modified' : ''}`;
  return [
    `assay ${version}`,
    ...wrap(`commit: ${built}`, width, '', '  '),
    ...(committedAt === undefined ? [] : [`committed: ${committedAt}`]),
    `Node: ${node}, ${platform}`,
    ...trust.flatMap((pins, at) => ['', ...renderPins(withoutRepetition(pins, trust.slice(0, at)), width)]),
  ];
}

/** A folder's are often the release's. */
function withoutRepetition(pins: PinsSummary, before: readonly PinsSummary[]): PinsSummary {
  const { path, isBundled, digest, anchors } = pins;
  const isSame = before.some((one) => one.digest === digest && isDeepEqual(one.anchors, anchors));
  return isSame ? { path, isBundled, error: 'the same', anchors: [] } : pins;
}

function isDeepEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function renderPins(
  { path, isBundled, digest, error, anchors }: PinsSummary,
  width: number,
): readonly string[] {
  const whose = isBundled ? 'anchors of this release' : 'anchors of this folder';
  return [
    ...wrap(`${whose}: ${path}`, width, '', '  '),
    ...(digest === undefined ? [] : wrap(digest, width, '  ')),
    ...(error === undefined ? [] : wrap(error, width, '  ')),
    ...anchors.flatMap(({ name, type, status, file, digest: ofFile, expires, tufRoot, learnt }) => [
      ...wrap(`${name}: ${type}, ${status === 'unchanged' ? 'as pinned' : status}`, width, '  ', '    '),
      ...wrap(ofFile === undefined ? `${file} is not there` : `${file} ${ofFile}`, width, '    '),
      ...(tufRoot === undefined
        ? []
        : wrap(`TUF root version ${String(tufRoot.version)}, until ${day(tufRoot.expires)}`, width, '    ')),
      ...(expires === undefined ? [] : wrap(`first to expire: ${day(expires)}`, width, '    ')),
      ...(learnt === undefined ? [] : wrap(`learnt: ${learnt}`, width, '    ')),
    ]),
  ];
}

function day(time: string): string {
  return time.slice(0, 10);
}
