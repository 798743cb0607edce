/** Golden: what a reviewer reads of changes, in a terminal and in a pull request. */
import { describe, expect, it } from 'vitest';
import { changesOf, type EntryPair } from '../../../src/pipeline/shared/entry-changes.ts';
import { renderChanges } from '../../../src/render/changes.ts';
import { changesMarkdown } from '../../../src/render/changes-markdown.ts';
import { amd64, arm64, attested, ofDebian, pair, signedByKey } from '../../support/sighting-sample.ts';

const manifests = [amd64, arm64];

function on(everywhere: (arch: string) => EntryPair): readonly EntryPair[] {
  return manifests.map((manifest) => ({ ...everywhere(manifest.arch), manifest }));
}
function shown(...pairs: readonly EntryPair[]) {
  return { manifests, changes: changesOf(pairs) };
}
const sized = (size: number) => ({ entry: { size } });
const named = (name: string, one: ReturnType<typeof attested>) => ({
  entry: one.entry,
  evidence: one.evidence && { ...one.evidence, question: { ...one.evidence.question, name } },
});

const all = shown(
  ...on((arch) =>
    pair(ofDebian('17.12-0', 1), ofDebian(`17.13-0`, 1, sized(arch === 'amd64' ? 1001 : 1002))),
  ),
  ...on(() => pair(attested('2.3.0'), attested('2.3.1'))),
  ...on(() => pair(named('containerd-shim', attested('2.3.0')), named('containerd-shim', attested('2.3.1')))),
  ...on((arch) =>
    pair(signedByKey('1.4.1'), signedByKey('1.4.2', 'B', sized(arch === 'amd64' ? 5000 : 6000))),
  ),
  pair(undefined, named('netsy', attested('1.0.0'))),
  pair(named('zot', signedByKey('2.1.0')), undefined),
  pair(
    named('crictl', signedByKey('1.3.0', 'A', { evidence: 'none' })),
    named('crictl', signedByKey('1.3.1')),
  ),
);

describe('renderChanges', () => {
  it('has what to look at first, one row for what moved together, and what was not compared', () => {
    expect(renderChanges(all).join('\n')).toMatchInlineSnapshot(`
      "knc · debian-13 · amd64, arm64: 1 to look at, 1 new, 1 gone, 4 updates

      look at this
        runc  1.4.1 → 1.4.2  signed  runc BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
          another pinned key of the same anchor:
            runc AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
            → runc BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
          another size by more than half: 1,000 bytes → 5,000 bytes
          https://github.com/opencontainers/runc/compare/v1.4.1...v1.4.2

      new
        netsy  1.0.0  attested  https://github.com/containerd/containerd/.github/workflows/release.yml@refs/tags/v1.0.0  (debian-13 amd64)

      gone
        zot  2.1.0  signed  runc AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA  (debian-13 amd64)

      updates
        libpq5                               17.12-0 → 17.13-0  signed    same signer
          https://tracker.debian.org/pkg/postgresql-17
        containerd and 1 more of containerd  2.3.0 → 2.3.1      attested  same signer
          https://github.com/containerd/containerd/compare/v2.3.0...v2.3.1
        crictl                               1.3.0 → 1.3.1      signed    runc AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA  (debian-13 amd64)
          https://github.com/opencontainers/runc/compare/v1.3.0...v1.3.1

      not compared, without evidence on both sides: assurance and signer of crictl"
    `);
  });

  it('is one line where nothing changed', () => {
    expect(renderChanges(shown())).toEqual(['knc · debian-13 · amd64, arm64: nothing changed']);
  });
});

describe('changesMarkdown', () => {
  it('says the same in tables, with links', () => {
    expect(changesMarkdown(all).join('\n\n')).toMatchInlineSnapshot(`
      "knc &#183; debian-13 &#183; amd64, arm64: 1 to look at, 1 new, 1 gone, 4 updates

      ### Look at this

      | ENTRY | VERSION | ASSURANCE | SIGNER | WHERE | READ |
      | --- | --- | --- | --- | --- | --- |
      | runc | 1.4.1 &#8594; 1.4.2 | signed | runc BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB | all | [release](https://github.com/opencontainers/runc/releases/tag/v1.4.2) [compare](https://github.com/opencontainers/runc/compare/v1.4.1...v1.4.2) |

      - runc: another pinned key of the same anchor: runc AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA &#8594; runc BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
      - runc: another size by more than half: 1,000 bytes &#8594; 5,000 bytes

      ### New

      | ENTRY | VERSION | ASSURANCE | SIGNER | WHERE | READ |
      | --- | --- | --- | --- | --- | --- |
      | netsy | 1.0.0 | attested | <code>https&#58;//github.com/containerd/containerd/.github/workflows/release.yml&#64;refs/tags/v1.0.0</code> | debian-13 amd64 | [release](https://github.com/containerd/containerd/releases/tag/v1.0.0) |

      ### Gone

      | ENTRY | VERSION | ASSURANCE | SIGNER | WHERE | READ |
      | --- | --- | --- | --- | --- | --- |
      | zot | 2.1.0 | signed | runc AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA | debian-13 amd64 | [release](https://github.com/opencontainers/runc/releases/tag/v2.1.0) |

      ### Updates

      | ENTRY | VERSION | ASSURANCE | SIGNER | WHERE | READ |
      | --- | --- | --- | --- | --- | --- |
      | libpq5 | 17.12-0 &#8594; 17.13-0 | signed | same: debian-security DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD | all | [release](https://tracker.debian.org/pkg/postgresql-17) |
      | containerd and 1 more of containerd | 2.3.0 &#8594; 2.3.1 | attested | <code>same: https&#58;//github.com/containerd/containerd/.github/workflows/release.yml&#64;refs/tags/v2.3.1</code> | all | [release](https://github.com/containerd/containerd/releases/tag/v2.3.1) [compare](https://github.com/containerd/containerd/compare/v2.3.0...v2.3.1) |
      | crictl | 1.3.0 &#8594; 1.3.1 | signed | runc AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA | debian-13 amd64 | [release](https://github.com/opencontainers/runc/releases/tag/v1.3.1) [compare](https://github.com/opencontainers/runc/compare/v1.3.0...v1.3.1) |

      not compared, without evidence on both sides: assurance and signer of crictl"
    `);
  });

  it('has nothing of others in it that is markup', () => {
    const hostile = named(
      'a|b',
      attested('1.0.0', { signer: { identity: '[x](https://evil.example) @all <b>' } }),
    );
    const [, , table = ''] = changesMarkdown(shown(pair(undefined, hostile)));
    expect(table).not.toMatch(/\[x\]|a\|b|<b>| @all/);
    const link = attested('1.0.0', {
      entry: { url: 'https://github.com/a/b/releases/download/v1.0.0)[x](y/f' },
    });
    expect(changesMarkdown(shown(pair(undefined, link))).join('\n')).not.toContain('[release]');
  });
});
