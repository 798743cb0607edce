import { describe, expect, it } from 'vitest';
import { parseStanza } from '../../../../src/formats/upstream/deb822.ts';
import { packageFactsOf, type PackageFacts } from '../../../../src/formats/upstream/debian-relations.ts';
import { findUnmetNeeds, needsOfImage } from '../../../../src/pipeline/manifests/unmet-needs.ts';

const deb = (name: string, version: string, fields = ''): PackageFacts =>
  packageFactsOf(
    parseStanza(Buffer.from(`Package: ${name}\nVersion: ${version}\nArchitecture: amd64\n${fields}`), name),
    name,
  );

const libc = deb('libc6', '2.41-12');
const libsubid = deb('libsubid5', '1:4.17.4-2', 'Depends: libc6 (>= 2.38)\n');
const uidmap = deb('uidmap', '1:4.17.4-2', 'Depends: libsubid5 (= 1:4.17.4-2), libaudit1 | libaudit2\n');

/** What is unmet, and what there is in its place. */
function unmet(debs: readonly PackageFacts[], image: readonly PackageFacts[] | undefined) {
  return findUnmetNeeds(debs, image, 'amd64').map(
    ({ of, need, instead }) =>
      `${of.name}: ${need.text} <- ${instead.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
  );
}

describe('what the packages of a manifest need', () => {
  it('is met by each other and by the image', () => {
    expect(unmet([libsubid, uidmap], [libc, deb('libaudit2', '4')])).toEqual([]);
  });

  it('is missing where neither has it, or has another version', () => {
    expect(unmet([libsubid, uidmap], [deb('libc6', '2.36-9')])).toEqual([
      'libsubid5: libc6 (>= 2.38) <- libc6 2.36-9',
      'uidmap: libaudit1 | libaudit2 <- ',
    ]);
  });

  it('is what is installed over a package of the image, not that package', () => {
    const audit = deb('libaudit1', '4');
    const older = deb('libsubid5', '1:4.17.4-1');
    expect(unmet([uidmap], [libc, audit, libsubid])).toEqual([]);
    expect(unmet([uidmap, older], [libc, audit, libsubid])).toEqual([
      'uidmap: libsubid5 (= 1:4.17.4-2) <- libsubid5 1:4.17.4-1',
    ]);
  });

  it('is judged among the packages alone where nobody says what the image has', () => {
    const older = deb('libsubid5', '1:4.17.4-1');
    expect(unmet([libsubid, uidmap], undefined)).toEqual([]);
    expect(unmet([older, uidmap], undefined)).toHaveLength(1);
    expect(needsOfImage([libsubid, uidmap], 'amd64').map(({ name }) => name)).toEqual([
      'libsubid5',
      'uidmap',
    ]);
    expect(needsOfImage([libc], 'amd64')).toEqual([]);
  });

  it('of a list without architectures is met whatever the relation says of them', () => {
    const listed = { ...deb('python3', '3.13'), multiArch: 'unknown' };
    const needs = deb('tool', '1', 'Depends: python3:any (>= 3.9)\n');
    expect(unmet([needs], [listed])).toEqual([]);
    expect(unmet([needs], [deb('python3', '3.13')])).toHaveLength(1);
  });
});
