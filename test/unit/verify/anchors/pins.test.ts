import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKeys } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { openpgpKeys, type OpenpgpPin } from '../../../../src/verify/anchors/openpgp.ts';
import { parseTrustPins, pinsJsonSchema } from '../../../../src/verify/anchors/pins.ts';
import { sigstoreRoot, type SigstorePin } from '../../../../src/verify/anchors/sigstore.ts';
import { maxRootRotations } from '../../../../src/verify/tuf/update.ts';
import { isUnder } from '../../../../src/formats/text/https-url.ts';
import { UsageError } from '../../../../src/model/errors.ts';

const good = `version: 1
anchors:
  example:
    type: openpgp
    file: example.asc
    scope: [https://deb.example/debian/, https://mirror.example]
    sources: [https://deb.example/key.asc]
    fingerprints:
      - 04b5 4c3c dca7 9751 b16b  c6b5 2256 29df 75b1 88bd
      - CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9
    learnt: printed in the manual
`;

interface Found {
  line: number;
  column: number;
  path: string;
  message: string;
}

function problems(text: string): Found[] {
  try {
    parseTrustPins(text, 'pins.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).code).toBe('TRUST_INVALID');
    return (error as UsageError).context['problems'] as Found[];
  }
  throw new Error('was not refused');
}

describe('parseTrustPins', () => {
  it('reads anchors, with fingerprints as the rest of the code compares them', () => {
    expect(parseTrustPins(good, 'pins.yaml').anchors).toEqual({
      example: {
        type: 'openpgp',
        file: 'example.asc',
        scope: ['https://deb.example/debian', 'https://mirror.example'],
        sources: ['https://deb.example/key.asc'],
        fingerprints: [
          '04B54C3CDCA79751B16BC6B5225629DF75B188BD',
          'CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9',
        ],
        retired: [],
        learnt: 'printed in the manual',
      },
    });
  });

  it('reads the keys that are retired, written as the others are', () => {
    const retired = 'D8E5 F131 76D2 A7A7 5220  0280 78DB A3BC 47EF 2265';
    const text = good.replace('    learnt', () => `    retired: ["${retired}"]\n    learnt`);
    expect(parseTrustPins(text, 'pins.yaml').anchors['example']).toMatchObject({
      retired: [retired.replaceAll(' ', '')],
    });
  });

  it.each([
    ['one that is pinned', '["04B5 4C3C DCA7 9751 B16B  C6B5 2256 29DF 75B1 88BD"]', 'retired[0]'],
    ['one twice', `[${'A'.repeat(40)}, ${'a'.repeat(40)}]`, 'retired[1]'],
    ['a key ID', '["225629DF75B188BD"]', 'retired[0]'],
    ['an empty list', '[]', 'retired'],
    ['no list', 'A'.repeat(40), 'retired'],
  ])('refuses to retire %s', (_, list, path) => {
    const text = good.replace('    learnt', () => `    retired: ${list}\n    learnt`);
    expect(problems(text)).toContainEqual(
      expect.objectContaining({ line: 11, path: `anchors.example.${path}` }),
    );
  });

  it('finds no anchor by the names of Object’s own', () => {
    const { anchors } = parseTrustPins(good, 'pins.yaml');
    for (const name of ['constructor', 'toString', '__proto__']) expect(anchors[name]).toBeUndefined();
  });

  const fingerprint = '04b5 4c3c dca7 9751 b16b  c6b5 2256 29df 75b1 88bd';
  const at = (line: number, path: string) => ({ line, path: `anchors.example.${path}` });

  it.each<[string, string, string, { line: number; path: string }]>([
    ['another version', 'version: 1', 'version: 2', { line: 1, path: 'version' }],
    ['another type', 'openpgp', 'x509', at(4, 'type')],
    ['a 32-bit key ID', fingerprint, '75B188BD', at(9, 'fingerprints[0]')],
    ['a 64-bit key ID', fingerprint, '225629DF75B188BD', at(9, 'fingerprints[0]')],
    ['39 digits', fingerprint, fingerprint.slice(1), at(9, 'fingerprints[0]')],
    ['41 digits', fingerprint, `${fingerprint}0`, at(9, 'fingerprints[0]')],
    ['a digit that is none', fingerprint, `g${fingerprint.slice(1)}`, at(9, 'fingerprints[0]')],
    ['0x', fingerprint, `0x${fingerprint}`, at(9, 'fingerprints[0]')],
    ['a number', fingerprint, '1'.repeat(40), at(9, 'fingerprints[0]')],
    [
      'the same fingerprint twice',
      'CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9',
      fingerprint.toUpperCase(),
      at(10, 'fingerprints[1]'),
    ],
    ['a file elsewhere', 'example.asc', '../example.asc', at(5, 'file')],
    ['a name of 101 letters', 'example.asc', `${'a'.repeat(97)}.asc`, at(5, 'file')],
    ['an absolute file', 'example.asc', '/etc/example.asc', at(5, 'file')],
    ['a hidden file', 'example.asc', '.asc', at(5, 'file')],
    ['the pins as a key file', 'example.asc', 'pins.yaml', at(5, 'file')],
    ['a scope of http', 'https://mirror.example', 'http://mirror.example', at(6, 'scope[1]')],
    ['a scope that is no URL', 'https://mirror.example', '"*"', at(6, 'scope[1]')],
    ['a scope with dots', 'https://mirror.example', 'https://mirror.example/a/../b', at(6, 'scope[1]')],
    ['a scope with a query', 'https://mirror.example', 'https://mirror.example/a?b', at(6, 'scope[1]')],
    ['a source of http', 'https://deb.example/key.asc', 'http://deb.example/key.asc', at(7, 'sources[0]')],
    ['an unknown key', 'learnt:', 'learned:', at(11, 'learned')],
    [
      'no fingerprints',
      `    fingerprints:
      - ${fingerprint}
      - CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9
`,
      '',
      at(3, 'fingerprints'),
    ],
    ['no scope', '    scope: [https://deb.example/debian/, https://mirror.example]\n', '', at(3, 'scope')],
    ['an empty scope', '[https://deb.example/debian/, https://mirror.example]', '[]', at(6, 'scope')],
    ['no word of where it was learnt', '    learnt: printed in the manual\n', '', at(3, 'learnt')],
    ['a hostile name', '  example:', '  ../example:', { line: 3, path: 'anchors["../example"]' }],
  ])('refuses %s and says where', (_, from, to, expected) => {
    const text = good.replace(from, () => to);
    expect(text).not.toBe(good);
    expect(problems(text)).toContainEqual(expect.objectContaining(expected));
  });

  it('takes a file name of 100 letters', () => {
    const file = `${'a'.repeat(96)}.asc`;
    expect(parseTrustPins(good.replace('example.asc', file), 'pins.yaml').anchors['example']).toMatchObject({
      file,
    });
  });

  it('knows no pins where there is no kind of them', () => {
    expect(() => parseTrustPins(good, 'pins.yaml', [])).toThrow('no kind of anchor');
  });

  it('refuses two anchors with one file', () => {
    const second = good.slice(good.indexOf('  example:')).replace('example:', 'other:');
    expect(problems(good + second)).toContainEqual(
      expect.objectContaining({ line: 14, path: 'anchors.other.file' }),
    );
  });

  it('refuses a repeated anchor', () => {
    const again = good.slice(good.indexOf('  example:'));
    expect(problems(good + again)[0]?.line).toBe(12);
  });

  it.each(['', '{}', '[]', 'version: 1', 'version: 1\nanchors: []'])('refuses %j', (text) => {
    expect(problems(text).length).toBeGreaterThan(0);
  });
});

const root = `version: 1
anchors:
  public-good:
    type: sigstore
    file: root.json
    digest: sha256:${'0a'.repeat(32)}
    root: { file: tuf.json, version: 3, digest: sha256:${'0b'.repeat(32)} }
    target: trusted_root.json
    seen: seen.json
    sources: [https://tuf.example]
    learnt: printed in the manual
`;

describe('a Sigstore trusted root', () => {
  it('is pinned by its digest, and has no scope: it vouches for identities', () => {
    const { anchors } = parseTrustPins(root, 'pins.yaml');
    expect(anchors['public-good']).toEqual({
      type: 'sigstore',
      file: 'root.json',
      digest: `sha256:${'0a'.repeat(32)}`,
      root: { file: 'tuf.json', version: 3, digest: `sha256:${'0b'.repeat(32)}` },
      target: 'trusted_root.json',
      seen: 'seen.json',
      sources: ['https://tuf.example'],
      learnt: 'printed in the manual',
    });
    expect(sigstoreRoot.scope(anchors['public-good'] as SigstorePin)).toBeUndefined();
  });

  it.each<[string, string | RegExp, string, { line: number; path: string }]>([
    ['a short digest', '0a'.repeat(32), '0a', { line: 6, path: 'digest' }],
    ['an upper-case digest', '0a'.repeat(32), '0A'.repeat(32), { line: 6, path: 'digest' }],
    ['another algorithm', /sha256:(0a)+/, `sha512:${'0a'.repeat(64)}`, { line: 6, path: 'digest' }],
    ['a bare digest', 'sha256:', '', { line: 6, path: 'digest' }],
    ['a key file', 'root.json', 'root.asc', { line: 5, path: 'file' }],
    ['a file elsewhere', 'root.json', '../root.json', { line: 5, path: 'file' }],
    ['a scope', '    sources', '    scope: [https://a.example]\n    sources', { line: 10, path: 'scope' }],
    ['fingerprints', '    sources', '    fingerprints: []\n    sources', { line: 10, path: 'fingerprints' }],
    ['no pinned root', /    root: .*\n/, '', { line: 3, path: 'root' }],
    ['a root without its digest', /, digest: sha256:(0b)+/, '', { line: 7, path: 'root.digest' }],
    ['a root without its version', 'version: 3, ', '', { line: 7, path: 'root.version' }],
    ['a root of version 0', 'version: 3', 'version: 0', { line: 7, path: 'root.version' }],
    ['a root elsewhere', 'tuf.json', '/etc/tuf.json', { line: 7, path: 'root.file' }],
    ['a target in a directory', 'trusted_root.json', 'a/trusted_root.json', { line: 8, path: 'target' }],
    ['a target of 101 letters', 'trusted_root.json', 'a'.repeat(101), { line: 8, path: 'target' }],
    ['a target above', 'trusted_root.json', '..', { line: 8, path: 'target' }],
    ['one file for two things', 'seen.json', 'tuf.json', { line: 9, path: 'seen' }],
    ['a source by HTTP', 'https://tuf.example', 'http://tuf.example', { line: 10, path: 'sources[0]' }],
  ])('refuses %s and says where', (_, from, to, { line, path }) => {
    const text = root.replace(from, () => to);
    expect(problems(text)).toContainEqual(
      expect.objectContaining({ line, path: `anchors.public-good.${path}` }),
    );
  });
});

describe('files that two anchors name', () => {
  const digest = `sha256:${'0c'.repeat(32)}`;
  const other = (fields: string) => `  other:
    type: sigstore
    digest: ${digest}
    target: trusted_root.json
    sources: [https://tuf.example]
    learnt: printed in the manual
${fields}`;
  const fields = {
    file: '    file: other.json',
    root: `    root: { file: other-tuf.json, version: 3, digest: ${digest} }`,
    signed: '    signed: [targets.json, root-4.json]',
    seen: '    seen: other-seen.json',
  };

  it.each([
    ['file', 'other.json', 'file'],
    ['root', 'other-tuf.json', 'root.file'],
    ['signed', 'targets.json', 'signed[0]'],
    ['signed', 'root-4.json', 'signed[1]'],
    ['seen', 'other-seen.json', 'seen'],
  ] as const)('are refused by the field: %s with %s', (field, name, path) => {
    const changed = { ...fields, [field]: fields[field].replace(name, 'root.json') };
    expect(problems(`${root}${other(Object.values(changed).join('\n'))}\n`)).toMatchObject([
      { path: `anchors.other.${path}`, message: 'is the file of public-good as well, found root.json' },
    ]);
  });

  it.each([
    ['cosign-key', `fingerprint: "${'0d'.repeat(32)}"`],
    ['minisign', `key: RW${'Qa+/'.repeat(13)}Qa`],
  ])('are refused by the field of a %s', (type, key) => {
    const of = (name: string) => `  ${name}:
    type: ${type}
    file: tool.pub
    ${key}
    scope: [https://example.org/]
    learnt: here
`;
    expect(problems(`version: 1\nanchors:\n${of('one')}${of('two')}`)).toMatchObject([
      { path: 'anchors.two.file', message: 'is the file of one as well, found tool.pub' },
    ]);
  });
});

describe('a key of cosign', () => {
  const digits = '0d'.repeat(32);
  const pinned = (fingerprint: string) => `version: 1
anchors:
  tool:
    type: cosign-key
    file: tool.pub
    fingerprint: "${fingerprint}"
    scope: [https://example.org/]
    learnt: here
`;

  it('is pinned by 64 lower-case digits', () => {
    expect(parseTrustPins(pinned(digits), 'pins.yaml').anchors['tool']).toMatchObject({
      fingerprint: digits,
    });
    for (const wrong of [`0${digits}`, `${digits}0`, digits.slice(1), digits.toUpperCase(), `0x${digits}`]) {
      expect(problems(pinned(wrong))).toMatchObject([{ line: 6, path: 'anchors.tool.fingerprint' }]);
    }
  });
});

describe('the metadata that proves a trusted root', () => {
  it('has a target of 100 letters at most', () => {
    const target = 'a'.repeat(100);
    const { anchors } = parseTrustPins(root.replace('trusted_root.json', target), 'pins.yaml');
    expect(anchors['public-good']).toHaveProperty('target', target);
  });

  const withSigned = (count: number) =>
    root.replace('    target', () => {
      const names = Array.from({ length: count }, (_, index) => `signed-${index}.json`);
      return `    signed: [${names.join(', ')}]\n    target`;
    });

  it('starts from any version of the root', () => {
    const first = root.replace('version: 3', 'version: 1');
    expect(parseTrustPins(first, 'pins.yaml').anchors['public-good']).toHaveProperty('root.version', 1);
  });

  it('is the targets and as many roots as an update follows, and no more', () => {
    const most = 1 + maxRootRotations;
    for (const count of [1, most]) {
      const { anchors } = parseTrustPins(withSigned(count), 'pins.yaml');
      expect(anchors['public-good']).toHaveProperty('signed.length', count);
    }
    for (const count of [0, most + 1]) {
      expect(problems(withSigned(count))).toMatchObject([{ line: 8, path: 'anchors.public-good.signed' }]);
    }
  });
});

describe('the root of GitHub’s Sigstore', () => {
  const digest = (index: number) => `sha256:${index.toString(16).padStart(64, '0')}`;
  const pinned = (file: string, former: readonly string[] = []) => `version: 1
anchors:
  github:
    type: github-sigstore
    file: ${file}
    digest: ${digest(0)}
${former.length === 0 ? '' : `    former: [${former.join(', ')}]\n`}    learnt: printed in the manual
`;

  it.each(['root.jsonl', 'root.json'])('may be called %s', (file) => {
    expect(parseTrustPins(pinned(file), 'pins.yaml').anchors['github']).toMatchObject({ file });
  });

  it.each(['root.jsonljson', 'root.js', 'root', 'root.jsonl.asc', '../root.jsonl'])('is not %s', (file) => {
    const [problem] = problems(pinned(file));
    expect(problem).toMatchObject({ line: 5, path: 'anchors.github.file' });
  });

  it('shares its file with none', () => {
    const text = pinned('root.jsonl');
    const second = text.slice(text.indexOf('  github:')).replace('github:', 'other:');
    expect(problems(text + second)).toMatchObject([{ line: 10, path: 'anchors.other.file' }]);
  });

  it('has a thousand former ones, and no more', () => {
    const former = Array.from({ length: 1001 }, (_, index) => digest(index + 1));
    const { anchors } = parseTrustPins(pinned('root.jsonl', former.slice(1)), 'pins.yaml');
    expect(anchors['github']).toHaveProperty('former.length', 1000);
    expect(problems(pinned('root.jsonl', former))).toMatchObject([
      { line: 7, path: 'anchors.github.former' },
    ]);
  });
});

describe('the JSON Schema of the pins', () => {
  it('is of the draft that editors read', () => {
    expect(pinsJsonSchema()).toHaveProperty('$schema', 'http://json-schema.org/draft-07/schema#');
  });

  it('asks for no field that may be left out', () => {
    const schema = JSON.stringify(pinsJsonSchema([openpgpKeys]));
    expect(schema).toContain('"required":["type","file","scope","sources","fingerprints","learnt"]');
  });
});

describe('the scope of keys', () => {
  const pin = parseTrustPins(good, 'pins.yaml').anchors['example'] as OpenpgpPin;
  const scope = openpgpKeys.scope(pin)!;

  it.each([
    'https://deb.example/debian',
    'https://deb.example/debian/dists/x/InRelease',
    'https://mirror.example/a',
  ])('%s is', (url) => {
    expect(isUnder(scope, url)).toBe(true);
  });

  it.each([
    'https://deb.example/debian-security/dists/x',
    'https://deb.example/',
    'https://deb.example/debian/../other',
    'https://deb.example/debian/%2e%2e/other',
    'http://deb.example/debian/x',
    'https://mirror.example.evil/a',
  ])('%s is not', (url) => {
    expect(isUnder(scope, url)).toBe(false);
  });
});

describe('the project’s own trust/', () => {
  const folder = join(import.meta.dirname, '../../../../trust');
  const { anchors } = parseTrustPins(readFileSync(join(folder, 'pins.yaml'), 'utf8'), 'pins.yaml');
  const withFile = Object.entries(anchors).filter(([, { file }]) => existsSync(join(folder, file)));
  const keyrings = withFile.flatMap(([name, anchor]) =>
    anchor.type === openpgpKeys.type ? [[name, anchor as OpenpgpPin] as const] : [],
  );

  it('has the anchors of the catalogue', () => {
    expect(Object.keys(anchors)).toEqual(
      expect.arrayContaining(['debian-archive', 'debian-security', 'fluent-bit']),
    );
    expect(withFile.map(([name]) => name)).toEqual(
      expect.arrayContaining(['debian-archive', 'debian-security']),
    );
  });

  it.each(keyrings)('%s: the file holds exactly the pinned keys', async (_, { file, fingerprints }) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const blocks =
      text.match(/-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g) ?? [];
    const keys = await Promise.all(blocks.map((armoredKeys) => readKeys({ armoredKeys })));
    expect(
      keys
        .flat()
        .map((key) => key.getFingerprint().toUpperCase())
        .sort(),
    ).toEqual([...fingerprints].sort());
    expect(text).not.toContain('PRIVATE');
  });

  it.each(withFile)(
    '%s: PROVENANCE.md says the digest of the file, and every fingerprint or the digest that is pinned',
    (name, anchor) => {
      const { file } = anchor;
      const provenance = readFileSync(join(folder, 'PROVENANCE.md'), 'utf8').replace(/ +/g, ' ');
      const digest = createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex');
      expect(provenance).toContain(`| ${name} | ${file} | ${digest} |`);
      if (anchor.type === openpgpKeys.type) {
        const { fingerprints } = anchor as OpenpgpPin;
        for (const fingerprint of fingerprints) expect(provenance).toContain(fingerprint);
        return;
      }
      expect(anchor.type).toBe(sigstoreRoot.type);
      const { digest: pinned, root } = anchor as SigstorePin;
      expect(pinned).toBe(`sha256:${digest}`);
      const { file: rootFile, digest: rootDigest } = root;
      const found = createHash('sha256').update(readFileSync(join(folder, rootFile)));
      expect(rootDigest).toBe(`sha256:${found.digest('hex')}`);
      expect(provenance).toContain(`| ${name} | ${rootFile} | ${rootDigest.replace('sha256:', '')} |`);
    },
  );
});
